"""untranslated-device: an IOMMU that the kernel does not find, of a device that works without."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.untranslated_device import check

BOARD = """
bus: bus {{
    {bus}
    smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; {smmu} }};
}};
dsp: dsp {{ iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>; {dsp} }};
{rest}
"""


@pytest.fixture(scope="session")
def findings(system):
    def literal(smmu: str = "", bus: str = "", dsp: str = "", rest: str = "", overlay: str = ""):
        return list(check(system(BOARD.format(smmu=smmu, bus=bus, dsp=dsp, rest=rest), overlay)))

    return literal


DISABLED = 'status = "disabled";'
DSP, STATUS = Subject("/dsp", "iommus"), Subject("/bus/iommu", "status")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"smmu": 'status = "ok";'},
        {"smmu": DISABLED, "dsp": DISABLED},
        {"smmu": DISABLED, "dsp": 'status = "reserved";'},
        {"smmu": DISABLED, "dsp": 'compatible = "qcom,x-pas";'},
        {"rest": 'off: off-iommu { #iommu-cells = <1>; status = "disabled"; };'},
    ],
)
def test_an_iommu_that_is_there_or_not_asked_for_passes(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize("status", ["disabled", "reserved", "fail"])
def test_an_iommu_that_is_not_okay(findings, status):
    assert findings(smmu=f'status = "{status}";') == [
        Finding(
            DSP,
            f'&smmu, the IOMMU of dsp, has the status "{status}": it is probed without translation, silently',
            'give &smmu the status "okay", or remove iommus',
            (STATUS,),
        )
    ]


def test_an_iommu_below_what_is_disabled(findings):
    assert findings(bus=DISABLED) == [
        Finding(
            DSP,
            '&smmu, the IOMMU of dsp, is below &bus, which has the status "disabled": '
            "it is probed without translation, silently",
            'give &bus the status "okay", or remove iommus',
            (Subject("/bus", "status"),),
        )
    ]


def test_an_iommu_of_any_kind(findings):
    rest = 'off: off-iommu { #iommu-cells = <1>; status = "disabled"; }; a { iommus = <&off 1>; };'
    (found,) = findings(rest=rest)
    assert found.subject == Subject("/a", "iommus")


def test_what_is_silent_is_one_finding(findings):
    rest = "".join(f"a{number}: a{number} {{ iommus = <&smmu {number} 0x0>; }}; " for number in range(5))
    assert findings(smmu=DISABLED, rest=rest) == [
        Finding(
            Subject("/a4", "iommus"),
            '&smmu, the IOMMU of a4, dsp and 4 others, has the status "disabled": '
            "they are probed without translation, silently",
            'give &smmu the status "okay", or remove iommus',
            (DSP, Subject("/a0", "iommus"), Subject("/a1", "iommus"), STATUS),
        )
    ]


def test_an_overlay_that_disables_the_iommu(findings):
    assert findings(overlay='&smmu { status = "disabled"; };') == [
        Finding(
            STATUS,
            '&smmu, the IOMMU of dsp, has the status "disabled": it is probed without translation, silently',
            'give &smmu the status "okay", or remove iommus',
            (DSP,),
        )
    ]


def test_an_overlay_that_forgets_the_iommu(findings):
    rest = "a: a { }; b { iommus = <&smmu 0x1 0x0>; };"
    (found,) = findings(smmu=DISABLED, rest=rest, overlay="&a { iommus = <&smmu 0x2 0x0>; };")
    assert found.subject == Subject("/a", "iommus")
    assert found.message.startswith("&smmu, the IOMMU of a, dsp and /b, has")


def test_what_cannot_do_without_is_another_rules(findings):
    rest = "codec: codec { video-firmware { iommus = <&smmu 0x2 0x0>; }; };"
    (found,) = findings(smmu=DISABLED, rest=rest)
    assert found.message.startswith("&smmu, the IOMMU of dsp, has")


def test_pcie_of_a_tree_that_is_for_el1(seeded):
    overlay = "&pcie4 { iommu-map = <0 &pcie_smmu 0x40000 0x10000>; };"
    (found,) = check(seeded("hamoa-iot-evk", overlay))
    assert found.message == (
        '&pcie_smmu, the IOMMU of pcie4, has the status "reserved": it is probed without translation, silently'
    )
    assert list(check(seeded("hamoa-iot-evk", overlay, pas_at_el2=True))) == []
