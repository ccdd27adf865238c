"""kernel-dependent-map: maps of an overlay that kernels before and after v7.2 read differently."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.kernel_dependent_map import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
its: msi-controller { msi-controller; #msi-cells = <0>; };
pcie: pcie { BODY };
"""


@pytest.fixture(scope="session")
def findings(system):
    def literal(overlay: str, base: str = ""):
        return list(check(system(BOARD.replace("BODY", base), f"&pcie {{ {overlay} }};")))

    return literal


def finding(name: str, message: str, help: str) -> Finding:
    return Finding(Subject("/pcie", name), f"{name} of &pcie has {message}", help)


@pytest.mark.parametrize(
    "overlay",
    [
        "iommu-map = <0x0 &v3 0x30000 0x10000>;",
        "iommu-map = <0x0 &smmu 0x1400 0x10>;",
        "iommu-map = <0x0 &smmu 0x1400>;",
        "iommu-map;",
        "max-link-speed = <2>;",
    ],
)
def test_what_all_kernels_read_alike_or_another_rule_finds_passes(findings, overlay):
    assert findings(overlay) == []


def test_what_the_base_has_is_for_its_kernel(findings):
    assert findings("max-link-speed = <2>;", "iommu-map = <0x0 &smmu 0x1400 0x0 0x1>;") == []


@pytest.mark.parametrize(
    ("overlay", "name", "count", "provider"),
    [
        ("iommu-map = <0x0 &smmu 0x1400 0x0 0x1>;", "iommu-map", 2, "&smmu"),
        ("iommu-map = <0x0 &v3 0x0 0x8>, <0x8 &smmu 0x1400 0x0 0x1>;", "iommu-map", 2, "&smmu"),
        ("msi-map = <0x0 &its 0x10000>;", "msi-map", 0, "&its"),
    ],
)
def test_what_kernels_before_7_2_misread(findings, overlay, name, count, provider):
    message = (
        f"{count} cells for {provider}: Linux reads it so from v7.2 on; "
        "earlier kernels take one, and refuse or misread it"
    )
    assert findings(overlay) == [finding(name, message, "for both, see `dtgen explain kernel-dependent-map`")]


def test_what_kernels_from_7_2_on_warn_of(findings):
    assert findings("iommu-map = <0x0 &smmu 0x1400 0x1>, <0x100 &smmu 0x1401 0x1>;") == [
        finding(
            "iommu-map",
            "one cell for &smmu, which takes 2: Linux reads it so from v7.2 on because all entries have one "
            "provider and the length 1, and warns of it",
            "for v7.2 and later alone, write all the cells that &smmu takes",
        )
    ]
