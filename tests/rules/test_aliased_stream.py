"""aliased-stream: two devices with one stream of an SMMUv3."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.aliased_stream import check

BOARD = """
smmu: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
v2: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; };
pcie4: pcie@4 { iommu-map = <0x0 &smmu 0x40000 0x10000>; };
"""

HELP = "an SMMUv3 gives a stream to one device alone: look up which of the two is wrong"


@pytest.fixture(scope="session")
def findings(system):
    return lambda rest, overlay="": list(check(system(BOARD + rest, overlay)))


def finding(node: str, message: str, other: Subject) -> Finding:
    return Finding(
        Subject(node, "iommu-map"),
        f"{message}: whichever of them is probed second is refused (-19)",
        HELP,
        (other,),
    )


@pytest.mark.parametrize(
    "rest",
    [
        "pcie@5 { iommu-map = <0x0 &smmu 0x50000 0x10000>; };",
        'pcie@5 { iommu-map = <0x0 &smmu 0x40000 0x10000>; status = "disabled"; };',
        "pcie@5 { iommu-map = <0x0 &v2 0x40000 0x10000>; };",
        "a { iommus = <&v2 0x1>; }; b { iommus = <&v2 0x1>; };",
    ],
)
def test_who_has_streams_of_their_own_passes(findings, rest):
    assert findings(rest) == []


def test_a_range_that_was_copied(findings):
    rest = "pcie5: pcie@5 { iommu-map = <0x0 &smmu 0x40000 0x10000>; };"
    assert findings(rest) == [
        finding(
            "/pcie@5",
            "streams 0x40000-0x4ffff of pcie5 on &smmu are claimed by pcie4 too",
            Subject("/pcie@4", "iommu-map"),
        )
    ]


def test_ranges_that_cross(findings):
    rest = "pcie5: pcie@5 { iommu-map = <0x0 &smmu 0x48000 0x10000>; };"
    assert findings(rest) == [
        finding(
            "/pcie@5",
            "streams 0x48000-0x57fff of pcie5 on &smmu overlap 0x40000-0x4ffff of pcie4",
            Subject("/pcie@4", "iommu-map"),
        )
    ]


def test_a_device_in_a_range(findings):
    (found,) = findings("usb: usb { iommus = <&smmu 0x40008>; };")
    assert found.message == (
        "stream 0x40008 of usb on &smmu overlaps 0x40000-0x4ffff of pcie4: "
        "whichever of them is probed second is refused (-19)"
    )


def test_what_an_earlier_entry_took_is_not_claimed(findings):
    rest = "pcie5: pcie@5 { iommu-map = <0x0 &smmu 0x50000 0x10000>, <0x0 &smmu 0x40000 0x10000>; };"
    assert findings(rest) == []


def test_a_range_that_was_copied_on_hamoa(seeded):
    overlay = """
        &pcie4 { iommu-map = <0 &pcie_smmu 0x50000 0x10000>; };
        &pcie5 { iommu-map = <0 &pcie_smmu 0x50000 0x10000>; };
        &pcie_smmu { status = "okay"; };
    """
    assert list(check(seeded("hamoa-iot-evk", overlay))) == [
        finding(
            "/soc@0/pci@1c08000",
            "streams 0x50000-0x5ffff of pcie4 on &pcie_smmu are claimed by pcie5 too",
            Subject("/soc@0/pci@1c00000", "iommu-map"),
        )
    ]
