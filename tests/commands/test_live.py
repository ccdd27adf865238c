"""What `dtgen live` takes for the overlay: from a base, or from a description."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bringup.live import Comparison
from dtgen.commands.live import LiveRequest, live
from dtgen.errors import Rejected, ToolError
from dtgen.project.layout import Finder

TREE = """/ {
    compatible = "acme,board";
    chosen { bootargs = "root=/dev/sda1"; };
    apps_smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; %s };
    zap { %s };
};
"""
BASE = TREE % ("", "")
BUILT = TREE % ("iommus = <&apps_smmu 0x3000 0x0>;", 'status = "disabled";')


@pytest.fixture
def compared(
    tmp_path: Path, finder: Finder, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> Callable[..., Comparison]:
    for name, text in (("base", BASE), ("built", BUILT)):
        (tmp_path / f"{name}.dtb").write_bytes(dtb(text))

    (tmp_path / "some.dtbo").write_bytes(dtbo('&zap { status = "disabled"; };'))

    def compare(running: str = "base.dtb", built: str = "built.dtb", **options: object) -> Comparison:
        return live(LiveRequest(tmp_path / running, tmp_path / built, **options), finder)  # type: ignore[arg-type]

    return compare


def test_what_is_blanked_is_nothing_that_the_overlay_wrote(compared, tmp_path: Path) -> None:
    found = compared(against=tmp_path / "base.dtb")
    assert (found.missing, found.written) == (2, 2)


def test_a_board_that_is_not_there_is_said_with_a_base_too(compared, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is no board nobody"):
        compared(against=tmp_path / "base.dtb", board="nobody")


@pytest.mark.parametrize(("board", "new"), [(None, []), ("lemans", ["pas-without-stream"])])
def test_the_board_says_of_pas_with_a_base_too(
    compared, tmp_path: Path, board: str | None, new: list
) -> None:
    found = compared(against=tmp_path / "base.dtb", board=board)
    assert [rule for rule, _ in found.new if rule.startswith("pas-")] == new
    assert found.written == 2


@pytest.mark.parametrize("side", ["running", "built"])
def test_an_overlay_is_no_tree_of_a_board(compared, side: str) -> None:
    with pytest.raises(Rejected) as refused:
        compared(**{side: "some.dtbo"})
    (said,) = refused.value.diagnostics
    assert (said.rule, said.message) == ("wrong-base", "this is an overlay, not a base")
