"""unavailable-provider: an IOMMU that the kernel does not find, of a device that cannot do without."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.unavailable_provider import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; {smmu} }};
dsp: dsp {{ iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>; }};
adsp: adsp {{ compatible = "qcom,x-pas"; iommus = <&smmu 0x1 0x0>; }};
codec: codec {{ video-firmware {{ iommus = <&smmu 0x2 0x0>; }}; }};
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda smmu: list(check(system(BOARD.format(smmu=smmu))))


def test_an_iommu_that_is_there_passes(findings):
    assert findings("") == []


def test_a_remoteproc_and_a_firmware_device_are_told_of_one_by_one(findings):
    assert [(found.subject.path, found.message) for found in findings('status = "disabled";')] == [
        ("/adsp", '&smmu, the IOMMU of adsp, has the status "disabled": adsp cannot be started (-19)'),
        (
            "/codec/video-firmware",
            '&smmu, the IOMMU of /codec/video-firmware, has the status "disabled": '
            "/codec/video-firmware cannot be started (-19)",
        ),
    ]


def test_a_pcie_smmu_that_the_overlay_forgets_on_hamoa(seeded):
    overlay = "&pcie4 { iommu-map = <0 &pcie_smmu 0x40000 0x10000>; };"
    assert list(check(seeded("hamoa-iot-evk", overlay))) == []
    assert list(check(seeded("hamoa-iot-evk", overlay, pas_at_el2=True))) == [
        Finding(
            Subject("/soc@0/pci@1c08000", "iommu-map"),
            '&pcie_smmu, the IOMMU of pcie4, has the status "reserved": '
            "at EL2 its devices fault, or their interrupts never come",
            'give &pcie_smmu the status "okay", or remove iommu-map',
            (Subject("/soc@0/iommu@15400000", "status"),),
        )
    ]


def test_a_remoteproc_of_lemans_without_its_iommu(seeded):
    overlay = """
        &apps_smmu { status = "disabled"; };
        &remoteproc_adsp { iommus = <&apps_smmu 0x3000 0x0>; };
    """
    (remoteproc,) = check(seeded("lemans-evk", overlay))
    assert remoteproc == Finding(
        Subject("/soc@0/remoteproc@30000000", "iommus"),
        '&apps_smmu, the IOMMU of remoteproc_adsp, has the status "disabled": '
        "remoteproc_adsp cannot be started (-19)",
        'give &apps_smmu the status "okay", or remove iommus',
        (Subject("/soc@0/iommu@15000000", "status"),),
    )
