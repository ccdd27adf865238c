"""partial-overlap: matches of two devices of which neither contains the other."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.partial_overlap import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
a: a { iommus = <&smmu 0x10 0x3>; };
"""

HELP = (
    "both match {}: a set bit of a mask means that this bit of the id is ignored; "
    "stream IDs are wired in hardware: the vendor's documentation must say this one"
)


@pytest.fixture(scope="session")
def findings(system):
    return lambda rest, overlay="": list(check(system(BOARD + rest, overlay)))


@pytest.mark.parametrize(
    "rest",
    [
        "b { iommus = <&smmu 0x10 0x3>; };",
        "b { iommus = <&smmu 0x11 0x0>; };",
        "b { iommus = <&smmu 0x10 0x7>; };",
        "b { iommus = <&smmu 0x14 0x3>; };",
        'b { iommus = <&smmu 0x10 0x5>; status = "disabled"; };',
        'b { compatible = "qcom,x-pas"; iommus = <&smmu 0x10 0x5>; };',
        "b { iommu-map = <0x0 &smmu 0x12 0x0 0x1>, <0x1 &smmu 0x10 0x7 0x1>; };",
    ],
)
def test_what_is_apart_or_contained_passes(findings, rest):
    assert findings(rest) == []


def test_two_devices_of_a_base(findings):
    assert findings("b: b { iommus = <&smmu 0x11 0x4>; };") == [
        Finding(
            Subject("/b", "iommus"),
            "stream 0x11/0x4 of b on &smmu overlaps 0x10/0x3 of a: "
            "whichever of them is probed second is refused (-22)",
            HELP.format("0x11/0x0"),
            (Subject("/a", "iommus"),),
        )
    ]


def test_what_the_overlay_wrote_is_what_is_wrong(findings):
    assert findings("b: b { iommus = <&smmu 0x11 0x4>; };", "&a { iommus = <&smmu 0x10 0x3>; };") == [
        Finding(
            Subject("/a", "iommus"),
            "stream 0x10/0x3 of a on &smmu overlaps 0x11/0x4 of b: "
            "whichever of them is probed second is refused (-22)",
            HELP.format("0x11/0x0"),
            (Subject("/b", "iommus"),),
        )
    ]


def test_what_the_overlay_enabled_is_what_is_wrong(findings):
    rest = 'off: off { iommus = <&smmu 0x11 0x4>; status = "disabled"; }; z { };'
    (found,) = findings(rest, '&off { status = "okay"; };')
    assert (found.subject, found.also) == (Subject("/off", "iommus"), (Subject("/a", "iommus"),))


def test_a_wrong_mask_on_lemans(seeded):
    overlay = (
        "&crypto { iommus = <&apps_smmu 0x0480 0x2>; }; &cryptobam { iommus = <&apps_smmu 0x0480 0x1>; };"
    )
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/crypto@1dfa000", "iommus"),
            "stream 0x480/0x2 of crypto on &apps_smmu overlaps 0x480/0x1 of cryptobam: "
            "whichever of them is probed second is refused (-22)",
            HELP.format("0x480/0x0"),
            (Subject("/soc@0/dma-controller@1dc4000", "iommus"),),
        )
    ]
