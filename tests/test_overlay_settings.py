"""What a project says of its overlays."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.errors import ToolError
from dtgen.project import settings
from dtgen.project.settings import OverlaySettings

TOML = """\
kernel = "../linux"
generated = "overlays"

[[overlay]]
files = ["a/*.dtso", "b/**/x-*.dtso"]
bases = ["bases/a.dtb", ["bases/b.dts", "x.dtso"]]
bindings = "bindings"
include = "include"
pas_at_el2 = true

[[overlay]]
files = "none.dtso"
bases = []
"""


def load(directory: Path, text: str) -> settings.Settings:
    (directory / "dtgen.toml").write_text(text)
    return settings.load(directory, ("no-op",))


def test_all_that_can_be_said(tmp_path: Path) -> None:
    found = load(tmp_path, TOML)
    assert (found.kernel, found.generated) == (tmp_path / "../linux", tmp_path / "overlays")
    assert found.overlays == (
        OverlaySettings(
            tmp_path,
            ("a/*.dtso", "b/**/x-*.dtso"),
            ((tmp_path / "bases/a.dtb",), (tmp_path / "bases/b.dts", tmp_path / "x.dtso")),
            None,
            tmp_path / "bindings",
            (tmp_path / "include",),
            None,
            True,
        ),
        OverlaySettings(tmp_path, ("none.dtso",), ()),
    )


@pytest.mark.parametrize(
    ("file", "entry"),
    [
        ("a/one.dtso", 0),
        ("a/deeper/one.dtso", None),
        ("b/x-1.dtso", 0),
        ("b/c/d/x-1.dtso", 0),
        ("b/c/y.dtso", None),
        ("none.dtso", 1),
        ("../none.dtso", None),
        ("c/none.dtso", None),
    ],
)
def test_the_first_entry_that_matches(tmp_path: Path, file: str, entry: int | None) -> None:
    found = load(tmp_path, TOML)
    assert found.of_overlay(tmp_path / file) is (None if entry is None else found.overlays[entry])


def test_the_overlays_that_there_are(tmp_path: Path) -> None:
    for name in ("a/two.dtso", "a/one.dtso", "b/c/x-1.dtso", "b/y.dtso"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = load(tmp_path, TOML).overlays[0].overlays()
    assert [str(file.relative_to(tmp_path)) for file in found] == ["a/one.dtso", "a/two.dtso", "b/c/x-1.dtso"]


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("overlay = 1", "1: overlay is not a list: 1", ""),
        ("overlay = [1]", "1: entry 1 of [[overlay]] is not a table", "write [[overlay]] above its keys"),
        (
            "[[overlay]]\n",
            "1: entry 1 of [[overlay]] names no files",
            'for example: files = "overlays/*.dtso"',
        ),
        (
            '[[overlay]]\nflies = "x"',
            "2: unknown key flies in entry 1 of [[overlay]]",
            "did you mean files?",
        ),
        (
            '[[overlay]]\nfiles = ["/o/*.dtso"]',
            "2: entry 1 of [[overlay]]: /o/*.dtso is an absolute path",
            "write it as it lies from the directory of this file",
        ),
        (
            '[[allow]]\nfiles = "vendor**"\nrule = "no-op"\nwhy = "w"',
            "2: entry 1 of [[allow]]: vendor** has ** within a name",
            "write * there, or **/ for directories",
        ),
        ("[[overlay]]\nfiles = [1]", "2: entry 1 of [[overlay]]: files is not a list of strings: [1]", ""),
        (
            '[[overlay]]\nfiles = "x"\nbases = ["b", []]',
            '3: entry 1 of [[overlay]]: bases is not a list of strings, or of lists of them: ["b", []]',
            "",
        ),
        (
            '[[overlay]]\nfiles = "x"\nbases = [["b", 1]]',
            '3: entry 1 of [[overlay]]: bases is not a list of strings, or of lists of them: [["b", 1]]',
            "",
        ),
        (
            '[[overlay]]\nfiles = "x"\nbases = 1',
            "3: entry 1 of [[overlay]]: bases is not a list of strings, or of lists of them: 1",
            "",
        ),
        (
            '[[overlay]]\nfiles = "x"\npas_at_el2 = "yes"',
            '3: entry 1 of [[overlay]]: pas_at_el2 is not true or false: "yes"',
            "",
        ),
        ("[[overlays]]\n", "1: unknown key overlays", "did you mean overlay?"),
        ("[severities]\n", "1: unknown key severities", "did you mean severity?"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    with pytest.raises(ToolError) as raised:
        load(tmp_path, text)
    assert str(raised.value) == f"{tmp_path}/dtgen.toml:{message}"
    assert raised.value.remedy == remedy


def test_a_pyproject_can_say_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[[tool.dtgen.overlay]]\nfiles = "x.dtso"\nbases = ["b.dtb"]\n')
    (overlay,) = settings.load(tmp_path, ()).overlays
    assert overlay.bases == ((tmp_path / "b.dtb",),)
