"""What several rules read off a tree."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.diagnostics import Subject
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


@pytest.fixture
def system(tree):
    """Of a literal tree, where an overlay wrote some places."""

    def literal(body: str, *written: Subject) -> System:
        board = tree(f'/ {{ smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }}; {body} }};')
        return System(Merged(board, board, b"", {place: Subject("/fragment@0") for place in written}))

    return literal


THREE = " ".join(f"{name} {{ iommus = <&smmu 0x1 0x0>; }};" for name in "abc")


@pytest.mark.parametrize(
    ("written", "edited"),
    [
        ((), "/c"),
        ((Subject("/b"),), "/b"),
        ((Subject("/b"), Subject("/c"), Subject("/a", "iommus")), "/a"),
        ((Subject("/a", "iommus"), Subject("/b", "iommus")), "/b"),
    ],
)
def test_the_claim_that_the_overlay_wrote_is_spoken_of(system, written, edited):
    found = system(THREE, *written)
    assert found.edited(*found.claims).path == edited


@pytest.mark.parametrize(
    ("status", "child", "live"),
    [("okay", "disabled", True), ("okay", "okay", True), ("disabled", "okay", False)],
)
def test_a_firmware_child_lives_with_its_parent(system, status, child, live):
    claim = f'video-firmware {{ status = "{child}"; iommus = <&smmu 0x1 0x0>; }};'
    found = system(f'video {{ status = "{status}"; {claim} }};')
    assert [claim.path for claim in found.live_claims] == (["/video/video-firmware"] if live else [])
