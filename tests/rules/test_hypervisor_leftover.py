"""hypervisor-leftover: what was the hypervisor's, and what it emulated."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.hypervisor_leftover import check

KEPT = [
    ("arm,smmu-v3", "the SMMU of PCIe"),
    ("qcom,kpss-wdt", "the hardware watchdog"),
]


@pytest.fixture(scope="session")
def findings(system):
    def literal(compatible: str, status: str = "", rest: str = "", pas: object = True):
        status = f'status = "{status}";' if status else ""
        body = f'it: it {{ compatible = "vendor,it", "{compatible}"; #iommu-cells = <1>; {status} }}; {rest}'
        return list(check(system(body, pas_at_el2=pas)))

    return literal


def reserved(path: str, name: str, what: str) -> Finding:
    return Finding(
        Subject(path, "status"),
        f'{name}, {what}, is still "reserved" for the hypervisor, and at EL2 there is none',
        'give it the status "okay"',
    )


def emulated(path: str, name: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} is enabled: the hypervisor emulated it, and at EL2 there is none",
        'give it the status "disabled"',
    )


@pytest.mark.parametrize(
    ("compatible", "status", "pas"),
    [
        ("arm,smmu-v3", "okay", True),
        ("arm,smmu-v3", "disabled", True),
        ("arm,smmu-v3", "reserved", None),
        ("arm,mmu-500", "reserved", True),
        ("qcom,kpss-wdt", "", True),
        ("qcom,kpss-wdt", "disabled", True),
        ("arm,sbsa-gwdt", "disabled", True),
        ("arm,sbsa-gwdt", "reserved", True),
        ("arm,sbsa-gwdt", "", None),
    ],
)
def test_what_is_as_it_must_be_passes(findings, compatible, status, pas):
    assert findings(compatible, status, pas=pas) == []


@pytest.mark.parametrize("pas", [True, False])
@pytest.mark.parametrize(("compatible", "what"), KEPT)
def test_what_is_still_reserved(findings, compatible, what, pas):
    assert findings(compatible, "reserved", pas=pas) == [reserved("/it", "&it", what)]


@pytest.mark.parametrize("status", ["", "okay"])
def test_what_the_hypervisor_emulated(findings, status):
    assert findings("arm,sbsa-gwdt", status) == [emulated("/it", "&it")]


def test_an_smmu_that_devices_ask_for_is_told_of_elsewhere(findings):
    pcie = "pcie { iommu-map = <0x0 &it 0x0 0x10000>; };"
    assert findings("arm,smmu-v3", "reserved", pcie) == []


def test_an_overlay_that_forgets_them_all_on_hamoa(seeded):
    overlay = '&gpu_zap_shader { status = "disabled"; };'
    assert list(check(seeded("hamoa-iot-evk", overlay, pas_at_el2=True))) == [
        reserved("/soc@0/iommu@15400000", "&pcie_smmu", "the SMMU of PCIe"),
        reserved("/soc@0/watchdog@17410000", "&apss_watchdog", "the hardware watchdog"),
        emulated("/soc@0/watchdog@1c840000", "&sbsa_watchdog"),
    ]
