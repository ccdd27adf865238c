"""non-canonical-stream: bits of an id that its mask ignores."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.non_canonical_stream import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
masked: masked { compatible = "arm,mmu-500"; #iommu-cells = <1>; stream-match-mask = <0x7>; };
other: other { #iommu-cells = <2>; };
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda body: list(check(system(f"{BOARD} dsp: dsp {{ {body} }};")))


@pytest.mark.parametrize(
    "body",
    [
        "iommus = <&smmu 0x1981 0x440>;",
        'iommus = <&smmu 0x19c1 0x440>; status = "disabled";',
        "iommus = <&masked 0x7>;",
        "iommus = <&other 0x7 0x7>;",
        "iommu-map = <0x0 &masked 0x7 0x1>;",
    ],
)
def test_what_is_canonical_or_no_entry_with_a_mask_passes(findings, body):
    assert findings(body) == []


def test_bits_below_the_mask(findings):
    assert findings("iommus = <&smmu 0x1 0x0>, <&smmu 0x19c1 0x440>;") == [
        Finding(
            Subject("/dsp", "iommus"),
            "stream 0x19c1/0x440 of dsp on &smmu has bits that its mask ignores, 0x40",
            "write entry 2 as <&smmu 0x1981 0x440>",
        )
    ]


def test_bits_below_the_mask_on_lemans(seeded):
    overlay = "&remoteproc_cdsp0 { iommus = <&apps_smmu 0x25c0 0x0400>; };"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/remoteproc@26300000", "iommus"),
            "stream 0x25c0/0x400 of remoteproc_cdsp0 on &apps_smmu has bits that its mask ignores, 0x400",
            "write entry 1 as <&apps_smmu 0x21c0 0x400>",
        )
    ]
