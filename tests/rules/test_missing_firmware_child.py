"""missing-firmware-child: codecs and wifi whose firmware nobody maps at EL2."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.missing_firmware_child import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
user: user {{ compatible = "{compatible}"; {user} }};
"""


@pytest.fixture(scope="session")
def findings(system):
    def literal(user: str = "", compatible: str = "qcom,sc7180-venus", pas: object = True):
        return list(check(system(BOARD.format(user=user, compatible=compatible), pas_at_el2=pas)))

    return literal


def finding(path: str, name: str, child: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} has no {child}: at EL2 nobody maps memory for its firmware, and it does not start",
        f"add {child} {{ iommus = <…>; }} with the stream of the firmware, or disable it",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"user": "video-firmware { iommus = <&smmu 0xc42 0x0>; };"},
        {"user": 'video-firmware { iommus = <&smmu 0xc42 0x0>; status = "disabled"; };'},
        {"user": 'status = "disabled";'},
        {"pas": None},
        {"compatible": "qcom,wcn3990-wifi"},
        {"compatible": "qcom,ipq5332-wifi"},
        {"compatible": "qcom,sa8775p-iris"},  # forgotten-pas-user's
    ],
)
def test_a_child_with_a_stream_or_no_need_of_one_passes(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize("pas", [True, False])
@pytest.mark.parametrize(
    ("compatible", "child"),
    [
        ("qcom,sc7180-venus", "video-firmware"),
        ("qcom,sdm845-venus-v2", "video-firmware"),
        ("qcom,wcn6750-wifi", "wifi-firmware"),
    ],
)
def test_no_child(findings, compatible, child, pas):
    assert findings(compatible=compatible, pas=pas) == [finding("/user", "&user", child)]


@pytest.mark.parametrize(
    ("compatible", "child"),
    [("qcom,sc7180-venus", "video-firmware"), ("vendor,camera", "camera-firmware")],
)
def test_a_child_without_a_stream(findings, compatible, child):
    assert findings(f"{child} {{ }};", compatible) == [
        Finding(
            Subject(f"/user/{child}"),
            f"{child} of &user has no iommus: the driver cannot attach to it (-19)",
            "give it the stream of the firmware",
        )
    ]


def test_an_overlay_that_forgets_the_codec_of_acer_aspire1(seeded):
    overlay = '&gpu_zap_shader { status = "disabled"; };'
    assert list(check(seeded("sc7180-acer-aspire1", overlay, pas_at_el2=False))) == [
        finding("/soc@0/video-codec@aa00000", "&venus", "video-firmware")
    ]
