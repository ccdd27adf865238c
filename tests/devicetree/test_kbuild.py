from __future__ import annotations

from pathlib import Path

from dtgen.dts.kbuild import Composite, composites

MAKEFILE = """\
dtb-$(CONFIG_ARCH_QCOM)	+= lemans-evk.dtb
lemans-evk-el2-dtbs := lemans-evk.dtb lemans-el2.dtbo
dtb-$(CONFIG_ARCH_QCOM)	+= lemans-evk-el2.dtb
lemans-evk-camera-el2-dtbs	:= lemans-evk.dtb \\
	lemans-evk-camera.dtbo lemans-el2.dtbo  # last
# old-dtbs := old.dtb old.dtbo
plain-dtbs := plain.dtb
"""


def test_stanzas_are_boards_with_overlays(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    board, el2 = tmp_path / "lemans-evk.dts", tmp_path / "lemans-el2.dtso"
    assert list(composites(tmp_path)) == [
        Composite(board, (el2,)),
        Composite(board, (tmp_path / "lemans-evk-camera.dtso", el2)),
    ]


def test_no_makefile_no_stanzas(tmp_path: Path) -> None:
    assert list(composites(tmp_path)) == []
