"""stream-without-pas: remote processors that lose the bypass that the firmware set up."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.stream_without_pas import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
dsp: remoteproc {{ compatible = "qcom,x1e80100-adsp-pas"; {dsp} }};
{rest}
"""
STREAM = "iommus = <&smmu 0x1000 0x80>;"


@pytest.fixture(scope="session")
def findings(system):
    def literal(dsp: str = STREAM, rest: str = "", pas: object = False):
        return list(check(system(BOARD.format(dsp=dsp, rest=rest), pas_at_el2=pas)))

    return literal


def finding(path: str, name: str, streams: str) -> Finding:
    return Finding(
        Subject(path, "iommus"),
        f"{name} has a stream ({streams}), but this firmware does not serve PAS at EL2: "
        "a processor that runs loses its memory",
        "leave iommus out: the processor keeps the bypass that the firmware set up",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"dsp": ""},
        {"dsp": STREAM + 'status = "disabled";'},
        {"pas": True},
        {"pas": None},
        {"dsp": "", "rest": "dais { iommus = <&smmu 0x1001 0x0>; };"},
        {
            "dsp": "",
            "rest": 'v { compatible = "qcom,sc7180-venus"; video-firmware { iommus = <&smmu 0xc42 0x0>; }; };',
        },
    ],
)
def test_no_stream_and_the_streams_of_others_pass(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize(
    ("dsp", "streams"),
    [
        (STREAM, "0x1000/0x80 on &smmu"),
        ("iommus = <&smmu 0x1 0x0>, <&smmu 0x2 0x0>;", "0x1/0x0 on &smmu, 0x2/0x0 on &smmu"),
        ("iommus = <&smmu 0x1>;", "iommus"),
    ],
)
def test_a_processor_with_a_stream(findings, dsp, streams):
    assert findings(dsp) == [finding("/remoteproc", "&dsp", streams)]


def test_upstreams_overlay_on_a_laptop(seeded):
    overlay = """
        &remoteproc_adsp { iommus = <&apps_smmu 0x1000 0x80>; };
        &remoteproc_cdsp { iommus = <&apps_smmu 0x0c00 0x0>; };
    """
    assert list(check(seeded("x1e80100-lenovo-yoga-slim7x", overlay, pas_at_el2=False))) == [
        finding("/soc@0/remoteproc@6800000", "&remoteproc_adsp", "0x1000/0x80 on &apps_smmu"),
        finding("/soc@0/remoteproc@32300000", "&remoteproc_cdsp", "0xc00/0x0 on &apps_smmu"),
    ]
