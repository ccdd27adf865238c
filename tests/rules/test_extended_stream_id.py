"""extended-stream-id: ids and masks of 16 bits."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.extended_stream_id import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
one: one { compatible = "qcom,smmu-v2"; #iommu-cells = <1>; };
v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
"""

HELP = (
    "an SMMU without the extension refuses the device; "
    "stream IDs are wired in hardware: the vendor's documentation must say this one"
)


@pytest.fixture(scope="session")
def messages(system):
    def literal(body: str):
        found = list(check(system(f"{BOARD} dsp {{ {body} }};")))
        assert {one.help for one in found} <= {HELP}
        return [(str(one.subject), one.message) for one in found]

    return literal


@pytest.mark.parametrize(
    "body",
    [
        "iommus = <&smmu 0x7fff 0x7fff>;",
        "iommus = <&v3 0x8000>;",
        "iommu-map = <0x0 &v3 0x0 0x10000>;",
        "iommu-map = <0x0 &one 0x7f00 0x100>;",
        "iommu-map = <0x0 &smmu 0x7f00 0x100 0x1>;",
        "iommus = <&smmu 0x10000 0x10000>;",
    ],
)
def test_what_has_15_bits_or_too_many_passes(messages, body):
    assert messages(body) == []


@pytest.mark.parametrize(
    ("body", "what", "smmu"),
    [
        ("iommus = <&smmu 0x1 0x0>, <&smmu 0x8000 0x0>;", "stream ID 0x8000 of entry 2", "&smmu"),
        ("iommus = <&smmu 0x3000 0x8001>;", "mask 0x8001 of entry 1", "&smmu"),
        ("iommus = <&one 0xffff>;", "stream ID 0xffff of entry 1", "&one"),
    ],
)
def test_what_has_16_bits(messages, body, what, smmu):
    without = "without them ids and masks have 15 bits"
    assert messages(body) == [("/dsp: iommus", f"{what} needs extended stream IDs on {smmu}: {without}")]


def test_a_range_of_an_iommu_map(messages):
    assert messages("iommu-map = <0x0 &one 0x7000 0x2000>;") == [
        (
            "/dsp: iommu-map",
            "last stream ID 0x8fff of entry 1 needs extended stream IDs on &one: "
            "without them ids and masks have 15 bits",
        )
    ]


def test_a_digit_too_high_on_lemans(seeded):
    overlay = "&remoteproc_adsp { iommus = <&apps_smmu 0xb000 0x0>; };"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/remoteproc@30000000", "iommus"),
            "stream ID 0xb000 of entry 1 needs extended stream IDs on &apps_smmu: "
            "without them ids and masks have 15 bits",
            HELP,
        )
    ]
