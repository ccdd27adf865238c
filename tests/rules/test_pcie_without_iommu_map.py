"""pcie-without-iommu-map: controllers that the SMMU of PCIe does not translate for."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.pcie_without_iommu_map import check

SMMU = 'smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };'


@pytest.fixture(scope="session")
def findings(system):
    def literal(pcie: str = "", smmu: str = SMMU, pas: object = True):
        body = f'{smmu} pcie: pcie {{ device_type = "pci"; {pcie} }};'
        return list(check(system(body, pas_at_el2=pas)))

    return literal


def finding(path: str, name: str, smmu: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} has no iommu-map: at EL2 {smmu} is Linux's, and what is behind {name} gets no translation",
        f"add iommu-map = <0x0 {smmu} … 0x10000>; with the first stream ID of the controller",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"pcie": "iommu-map = <0x0 &smmu 0x30000 0x10000>;"},
        {"pcie": 'iommu-map = <0x0 &smmu 0x30000 0x10000>; pcie@0 { device_type = "pci"; };'},
        {"pcie": 'status = "disabled";'},
        {"smmu": ""},
        {"smmu": 'smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };'},
        {"pas": None},
    ],
)
def test_a_controller_that_has_one_or_needs_none_passes(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize("pas", [True, False])
def test_a_controller_without_one(findings, pas):
    assert findings(pas=pas) == [finding("/pcie", "&pcie", "&smmu")]


def test_a_bridge_is_told_of_with_its_controller(findings):
    assert findings('pcie@0 { device_type = "pci"; };') == [finding("/pcie", "&pcie", "&smmu")]


def test_a_controller_that_an_overlay_forgets_on_sc8280xp(seeded):
    overlay = """
        &pcie2a { iommu-map = <0 &pcie_smmu 0x20000 0x10000>; };
        &pcie4 { iommu-map = <0 &pcie_smmu 0x60000 0x10000>; };
        &pcie_smmu { status = "okay"; };
    """
    assert list(check(seeded("sc8280xp-crd", overlay, pas_at_el2=False))) == [
        finding("/soc@0/pcie@1c10000", "&pcie3a", "&pcie_smmu")
    ]
