"""stream-budget: more matches than an SMMUv2 has registers."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.stream_budget import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
v3: pcie-iommu {{ compatible = "arm,smmu-v3"; #iommu-cells = <1>; }};
dma: dma {{ iommus = {streams}; }};
{rest}
"""

HELP = "join neighbouring streams into one match with a mask, or disable what is not used"


def streams(count: int, smmu: str = "smmu", of: int = 0x100) -> str:
    return ", ".join(f"<&{smmu} {of + number:#x} 0x0>" for number in range(count))


@pytest.fixture(scope="session")
def findings(system):
    def literal(written: str, rest: str = "", overlay: str = ""):
        return list(check(system(BOARD.format(streams=written, rest=rest), overlay)))

    return literal


def finding(needed: int, *also: Subject) -> Finding:
    return Finding(
        Subject("/iommu"),
        f"the devices of &smmu need {needed} stream mapping groups, "
        "an SMMUv2 has 128 at most: the devices that are probed last are refused (-28)",
        HELP,
        also,
    )


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "a { iommus = <&smmu 0x100 0x0>; };",
        'a { iommus = <&smmu 0x1 0x0>; status = "disabled"; };',
        "a { iommus = <&v3 0x1>; };",
        "a { iommus = <&smmu 0x100 0x3f>, <&smmu 0x1 0x0>; };",
    ],
)
def test_128_groups_are_enough(findings, rest):
    assert findings(streams(128), rest) == []


def test_129_are_too_many(findings):
    assert findings(streams(129)) == [finding(129)]


def test_every_entry_of_a_map_needs_one(findings):
    rest = "pcie { iommu-map = <0x0 &smmu 0x1 0x0 0x1>, <0x100 &smmu 0x20 0x0 0x1>; };"
    assert findings(streams(127), rest) == [finding(129)]


def test_an_smmu_v3_has_no_such_limit(findings):
    rest = f"usb {{ iommus = {streams(129, 'v3').replace(' 0x0>', '>')}; }};"
    assert findings("<&smmu 0x1 0x0>", rest) == []


def test_the_claims_of_the_overlay_are_named(findings):
    found = findings(streams(128), "a: a { };", "&a { iommus = <&smmu 0x1 0x0>; };")
    assert found == [finding(129, Subject("/a", "iommus"))]


def test_a_stream_for_each_session_on_lemans(seeded):
    overlay = f"&crypto {{ iommus = {streams(80, 'apps_smmu', 0x4000)}; }};"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/iommu@15000000"),
            "the devices of &apps_smmu need 154 stream mapping groups, "
            "an SMMUv2 has 128 at most: the devices that are probed last are refused (-28)",
            HELP,
            (Subject("/soc@0/crypto@1dfa000", "iommus"),),
        )
    ]
