"""What several rules read off a tree."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged

BOARD = """
/ {
    smmu: iommu { compatible = "COMPATIBLE"; #iommu-cells = <CELLS>; };
    a { iommus = <&smmu 0x3000 ZERO>; };
    b { iommus = <&smmu 0x13000 ZERO>; };
    c { iommus = <&smmu 0x3000 ZERO>; };
    d { iommus = <&smmu 0x13000 ZERO>; };
};
"""


@pytest.fixture
def overlaps(dtb):
    def of(compatible: str, cells: int) -> set[tuple[str, str]]:
        text = BOARD.replace("COMPATIBLE", compatible).replace("CELLS", str(cells))
        data = dtb(text.replace("ZERO", "0x0" if cells == 2 else ""))
        system = System(Merged.unchanged(blob.read(data, "test.dtb"), data))
        return {(overlap.first.path, overlap.second.path) for overlap in system.overlaps}

    return of


def test_a_stream_that_is_wider_than_its_smmu_is_compared_with_none(overlaps):
    """Which one was meant nobody knows; `stream-width` tells of it."""
    assert overlaps("arm,mmu-500", 2) == {("/a", "/c")}


def test_an_smmu_v3_takes_wider_ones(overlaps):
    assert overlaps("arm,smmu-v3", 1) == {("/a", "/c"), ("/b", "/d")}
