from __future__ import annotations

from pathlib import Path

from dtgen.diagnostics import Location
from dtgen.dts import kbuild
from dtgen.project.layout import KernelTree

FAMILIES = ("amlogic", "mediatek", "qcom", "renesas", "ti")

MAKEFILE = """\
dtb-$(CONFIG_ARCH_QCOM)	+= lemans-evk.dtb
lemans-evk-el2-dtbs := lemans-evk.dtb lemans-el2.dtbo
dtb-$(CONFIG_ARCH_QCOM)	+= lemans-evk-el2.dtb
lemans-evk-camera-el2-dtbs	:= lemans-evk.dtb \\
	lemans-evk-camera.dtbo lemans-el2.dtbo  # last
# old-dtbs := old.dtb old.dtbo
plain-dtbs := plain.dtb
"""


def composites(directory: Path) -> list[tuple[Path, tuple[Path, ...]]]:
    return [(composite.board, composite.overlays) for composite in kbuild.composites(directory)]


def test_stanzas_are_boards_with_overlays(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    board, el2 = tmp_path / "lemans-evk.dts", tmp_path / "lemans-el2.dtso"
    assert composites(tmp_path) == [
        (board, (el2,)),
        (board, (tmp_path / "lemans-evk-camera.dtso", el2)),
    ]


def test_names_have_commas_and_lines_go_on(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "evk-lvds-auo,g133han01-dtbs := \\\n\tevk.dtb \\\n\tevk-lvds.dtbo evk-auo,g133han01.dtbo\n"
        "late-dtbs := evk.dtb\nlate-dtbs += evk-lvds.dtbo\n"
    )
    assert composites(tmp_path) == [
        (tmp_path / "evk.dts", (tmp_path / "evk-lvds.dtso", tmp_path / "evk-auo,g133han01.dtso")),
        (tmp_path / "evk.dts", (tmp_path / "evk-lvds.dtso",)),
    ]


def test_a_stanza_stands_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    file = str(tmp_path / "Makefile")
    assert [c.named for c in kbuild.composites(tmp_path)] == [Location(file, 2), Location(file, 4)]


def test_a_composite_may_begin_with_another(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "idk-dtbs := evm.dtb idk.dtbo\nevm-dtbs := base.dtb evm.dtbo\n"
        "shared-dtbs := more/plus.dtb idk.dtbo ../else/a.dtbo\nself-dtbs := self.dtb a.dtbo\n"
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more/Makefile").write_text("plus-dtbs := ../base.dtb plus.dtbo\n")
    base, idk = tmp_path / "base.dts", tmp_path / "idk.dtso"
    assert composites(tmp_path) == [
        (base, (tmp_path / "evm.dtso", idk)),
        (base, (tmp_path / "evm.dtso",)),
        (base, (tmp_path / "more/plus.dtso", idk, tmp_path.parent / "else/a.dtso")),
        (tmp_path / "self.dts", (tmp_path / "a.dtso",)),
    ]


def test_all_overlays_of_linux_have_a_board(linux_7_2: KernelTree) -> None:
    found = [composite for family in FAMILIES for composite in kbuild.composites(linux_7_2.source(family))]
    assert len(found) == 201
    assert {overlay for composite in found for overlay in composite.overlays} == set(
        linux_7_2.sources.rglob("*.dtso")
    )
    assert all(composite.board.exists() for composite in found)


def test_no_makefile_no_stanzas(tmp_path: Path) -> None:
    assert composites(tmp_path) == []
