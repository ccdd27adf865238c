"""refused-map-entry: what the kernel's of_map_id() refuses of a map that is well-formed."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.refused_map_entry import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
its: msi-controller { msi-controller; #msi-cells = <1>; };
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda body: list(check(system(f"{BOARD} pcie {{ {body} }};")))


def outside(number: int, id: str, name: str = "iommu-map") -> Finding:
    return Finding(
        Subject("/pcie", name),
        f"entry {number} of {name} begins at ID {id}, which has bits outside of {name}-mask 0xfff8: "
        "the kernel refuses every device that no earlier entry is for (-14)",
        f"correct the ID or {name}-mask",
        (Subject("/pcie", f"{name}-mask"),),
    )


def several(number: int, count: str) -> Finding:
    return Finding(
        Subject("/pcie", "iommu-map"),
        f"entry {number} of iommu-map has {count} IDs, and 2 cells for &smmu: the kernel refuses its "
        "devices (-22), for it cannot tell which cell counts up",
        "write an entry for each ID, with the length 1",
    )


@pytest.mark.parametrize(
    "body",
    [
        "iommu-map = <0x0 &v3 0x30000 0x10000>; iommu-map-mask = <0xfff8>;",
        "iommu-map = <0x0 &smmu 0x1400 0x0 0x1>, <0x8 &smmu 0x1401 0x0 0x1>; iommu-map-mask = <0xfff8>;",
        "iommu-map = <0x1 &smmu 0x1400 0x1>;",
        "iommu-map = <0x0 &smmu 0x1400 0x0 0x0>;",
        "iommu-map = <0x4 &smmu 0x1400>; iommu-map-mask = <0xfff8>;",
        "msi-map = <0x1 &its 0x0 0x10000>; iommu-map-mask = <0xfff8>;",
        "",
    ],
)
def test_what_the_kernel_takes_or_another_rule_finds_passes(findings, body):
    assert findings(body) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("iommu-map = <0x0 &smmu 0x1400 0x0 0x10>;", [several(1, "0x10")]),
        (
            "iommu-map = <0x0 &v3 0x0 0x8>, <0x8 &smmu 0x1 0x0 0x2>, <0x10 &smmu 0x8 0x0 0x4>;",
            [several(2, "0x2"), several(3, "0x4")],
        ),
        (
            "iommu-map = <0x0 &v3 0x0 0x8>, <0xa &v3 0x8 0x8>, <0x1 &v3 0x8 0x8>; iommu-map-mask = <0xfff8>;",
            [outside(2, "0xa")],
        ),
        ("msi-map = <0x4 &its 0x0 0x8>; msi-map-mask = <0xfff8>;", [outside(1, "0x4", "msi-map")]),
    ],
)
def test_what_the_kernel_refuses(findings, body, found):
    assert findings(body) == found
