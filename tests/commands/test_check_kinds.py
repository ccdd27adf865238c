from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.commands.check_kinds import FileKind, below, image, kind_of

BINDING = "%YAML 1.2\n---\n$id: http://devicetree.org/schemas/x.yaml#\n$schema: y\ntitle: T\n"
DESCRIPTION = "name: mine\nextends: lemans\n"
WORKFLOW = "name: CI\non: [push]\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.dtso", "", FileKind.OVERLAY),
        ("a.dts", "/dts-v1/;\n/plugin/;\n", FileKind.OVERLAY),
        ("b.dts", "/dts-v1/; // no /plugin/;\n", FileKind.BOARD),
        ("b.dtsi", "", FileKind.INCLUDED),
        ("b.dtb", "", FileKind.BLOB),
        ("b.dtbo", "", FileKind.BLOB),
        ("x.yaml", BINDING, FileKind.BINDING),
        ("x.yml", DESCRIPTION, FileKind.DESCRIPTION),
        ("boards/broken.yaml", "{", FileKind.DESCRIPTION),
        ("ci.yaml", WORKFLOW, None),
        ("dtgen.toml", "", FileKind.SETTINGS),
        ("pyproject.toml", "", None),
        ("Makefile", "", None),
    ],
)
def test_a_file_is_of_a_kind(tmp_path: Path, name: str, content: str, kind: FileKind | None) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    assert kind_of(file) is kind


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert kind_of(tmp_path / "none.yaml") is FileKind.UNREADABLE


def test_hidden_files_and_what_was_built_are_not_walked(tmp_path: Path) -> None:
    for name in ("b/c.dtso", "a.yaml", ".git/x.yaml", "build/m/m.dtso", "b/.x.dtso", "b/y.dtsi", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [str(file.relative_to(tmp_path)) for file in below(tmp_path, lambda path: False)] == [
        "a.yaml",
        "b/c.dtso",
    ]


def test_an_overlay_may_have_its_header_by_an_include(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "body.dtsi").write_text('// /dts-v1/;\n#include "head.dtsi"\n&a { };\n')
    (tmp_path / "else/head.dtsi").write_text("/dts-v1/;\n/plugin/;\n")
    (tmp_path / "a.dts").write_text('#include "body.dtsi"\n#include "a.dts"\n')
    (tmp_path / "board.dts").write_text('/dts-v1/;\n#include "else/head.dtsi"\n')
    assert kind_of(tmp_path / "a.dts") is FileKind.BOARD
    assert kind_of(tmp_path / "a.dts", (tmp_path / "else",)) is FileKind.OVERLAY
    assert kind_of(tmp_path / "board.dts") is FileKind.BOARD


@pytest.mark.parametrize(
    ("start", "kind"), [(b"\xd0\x0d\xfe\xed", FileKind.BLOB), (b"ANDROID!", FileKind.BLOB), (b"#!/b", None)]
)
def test_a_file_of_any_name_may_hold_devicetrees(tmp_path: Path, start: bytes, kind: FileKind | None) -> None:
    (tmp_path / "a.img").write_bytes(start)
    assert (kind_of(tmp_path / "a.img"), image(tmp_path / "a.img")) == (None, kind)
