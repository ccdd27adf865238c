"""no-op: what the overlay writes and nobody will notice."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.no_op import check

BOARD = """
smmu: iommu { #iommu-cells = <1>; };
dev: device { #address-cells = <1>; dma-coherent; iommus = <&smmu 0x1>; };
off: off { status = "disabled"; #address-cells = <1>; child: child { }; };
kept: kept { status = "reserved"; };
"""
HELP = "leave it out, unless another base needs it"


@pytest.fixture(scope="session")
def findings(system):
    return lambda overlay: list(check(system(BOARD, overlay)))


def already(path: str, prop: str, message: str) -> Finding:
    return Finding(Subject(path, prop), f"{message} in the base already", HELP)


def off(path: str, message: str) -> Finding:
    return Finding(Subject(path), f"{message} has no effect", HELP)


@pytest.mark.parametrize(
    "overlay",
    [
        "&dev { #address-cells = <2>; };",
        "&dev { iommus = <&smmu 0x2>; };",
        '&dev { status = "disabled"; };',
        '&dev { status = "disabled"; x; };',
        '&off { status = "okay"; x; };',
        "&dev { new { x; }; };",
        "&off { };",
        "&dev { again: new { }; };",
    ],
)
def test_what_changes_something_passes(findings, overlay):
    assert findings(overlay) == []


@pytest.mark.parametrize(
    ("overlay", "found"),
    [
        (
            "&dev { iommus = <&smmu 0x1>; };",
            already("/device", "iommus", "iommus of &dev is <&smmu 0x1>"),
        ),
        ("&dev { dma-coherent; };", already("/device", "dma-coherent", "&dev has dma-coherent")),
        (
            '&off { status = "disabled"; };',
            already("/off", "status", 'status of &off is "disabled"'),
        ),
        ("&off { x; };", off("/off", "&off stays disabled: what the overlay writes into it")),
        ("&off { x; y; };", off("/off", "&off stays disabled: what the overlay writes into it")),
        ("&kept { x; };", off("/kept", "&kept stays reserved: what the overlay writes into it")),
        ("&child { x; };", off("/off/child", "&off stays disabled: what the overlay writes into &child")),
        (
            '&child { status = "disabled"; };',
            off("/off/child", "&off stays disabled: what the overlay writes into &child"),
        ),
        (
            "&off { new { x; }; };",
            off("/off/new", "&off stays disabled: what the overlay writes into /off/new"),
        ),
        ("&off { x; child { y; }; };", off("/off", "&off stays disabled: what the overlay writes into it")),
    ],
)
def test_what_changes_nothing(findings, overlay, found):
    assert findings(overlay) == [found]


def test_a_controller_that_a_laptop_does_not_use(seeded):
    overlay = """
        &iris { status = "disabled"; };
        &pcie3 { iommu-map = <0 &pcie_smmu 0x30000 0x10000>; };
        &pcie4 { iommu-map = <0 &pcie_smmu 0x40000 0x10000>; };
    """
    assert list(check(seeded("x1e80100-asus-zenbook-a14", overlay))) == [
        already("/soc@0/video-codec@aa00000", "status", 'status of &iris is "disabled"'),
        off("/soc@0/pcie@1bd0000", "&pcie3 stays disabled: what the overlay writes into it"),
    ]
