"""pas-without-stream: remote processors that Linux has to map memory for."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.pas_without_stream import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
soc {{
    {soc}
    dsp: remoteproc {{ compatible = "{compatible}"; {dsp} }};
}};
"""


@pytest.fixture(scope="session")
def findings(system):
    def literal(dsp: str = "", soc: str = "", compatible: str = "qcom,sa8775p-adsp-pas", pas: object = True):
        return list(check(system(BOARD.format(dsp=dsp, soc=soc, compatible=compatible), pas_at_el2=pas)))

    return literal


def finding(path: str, name: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} has no stream: at EL2 nobody maps memory for it, and its firmware faults",
        "give it iommus with the stream of its firmware, or disable it",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"dsp": "iommus = <&smmu 0x3000 0x0>;"},
        {"dsp": "iommus = <&smmu 0x3000>;"},  # malformed-specifier's
        {"dsp": 'status = "disabled";'},
        {"dsp": 'status = "fail";'},
        {"soc": 'status = "disabled";'},
        {"compatible": "qcom,sc7280-adsp-pil"},
        {"compatible": "qcom,sc7180-mss-pil"},
        {"pas": False},
        {"pas": None},
    ],
)
def test_what_needs_no_stream_or_has_one_passes(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize("compatible", ["qcom,sa8775p-adsp-pas", "qcom,msm8996-slpi-pil"])
def test_a_remoteproc_without_a_stream(findings, compatible):
    assert findings(compatible=compatible) == [finding("/soc/remoteproc", "&dsp")]


def test_the_stream_of_a_child_is_not_its_own(findings):
    assert findings("glink-edge { iommus = <&smmu 0x3001 0x0>; };") == [finding("/soc/remoteproc", "&dsp")]


def test_the_processors_that_an_overlay_forgets_on_lemans(seeded):
    overlay = "".join(
        f"&remoteproc_{name} {{ iommus = <&apps_smmu {stream}>; }};\n"
        for name, stream in (("adsp", "0x3000 0x0"), ("cdsp0", "0x21c0 0x400"), ("cdsp1", "0x29c0 0x400"))
    )
    assert list(check(seeded("lemans-evk", overlay, pas_at_el2=True))) == [
        finding("/soc@0/remoteproc@20c00000", "&remoteproc_gpdsp0"),
        finding("/soc@0/remoteproc@21c00000", "&remoteproc_gpdsp1"),
    ]
