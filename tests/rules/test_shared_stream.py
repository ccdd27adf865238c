"""shared-stream: devices in one IOMMU group."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.shared_stream import check

BOARD = """
smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
dma: dma { iommus = <&smmu 0x480 0x0>, <&smmu 0x481 0x0>; };
"""

HELP = "right for a device and its DMA controller; otherwise look the stream up again"


@pytest.fixture(scope="session")
def findings(system):
    return lambda rest, overlay="": list(check(system(BOARD + rest, overlay)))


@pytest.mark.parametrize(
    "rest",
    [
        "crypto { iommus = <&smmu 0x482 0x0>; };",
        'crypto { iommus = <&smmu 0x480 0x0>; status = "disabled"; };',
        'crypto { compatible = "qcom,x-pas"; iommus = <&smmu 0x480 0x0>; };',
    ],
)
def test_who_is_alone_passes(findings, rest):
    assert findings(rest) == []


def test_all_streams_of_two_devices_are_one_finding(findings):
    assert findings("crypto: crypto { iommus = <&smmu 0x480 0x0>, <&smmu 0x481 0x0>; };") == [
        Finding(
            Subject("/crypto", "iommus"),
            "dma and crypto share streams 0x480/0x0 and 0x481/0x0 on &smmu",
            HELP,
            (Subject("/dma", "iommus"),),
        )
    ]


def test_who_shares_with_one_shares_with_all(findings):
    rest = "a { iommus = <&smmu 0x481 0x0>; }; b { iommus = <&smmu 0x480 0x0>; };"
    assert findings(rest) == [
        Finding(
            Subject("/a", "iommus"),
            "dma, /b and /a share streams 0x480/0x0 and 0x481/0x0 on &smmu",
            HELP,
            (Subject("/dma", "iommus"), Subject("/b", "iommus")),
        )
    ]


def test_a_wider_match_must_come_first(findings):
    assert findings("crypto: crypto { iommus = <&smmu 0x480 0x7>; };") == [
        Finding(
            Subject("/crypto", "iommus"),
            "dma and crypto share streams 0x480/0x0 and 0x481/0x0 on &smmu",
            "crypto has the wider match, 0x480/0x7, and is refused (-22) unless it is probed first",
            (Subject("/dma", "iommus"),),
        )
    ]


def test_an_entry_of_an_iommu_map(findings):
    assert findings("pcie: pcie { iommu-map = <0x0 &smmu 0x480 0x0 0x1>; };") == [
        Finding(
            Subject("/pcie", "iommu-map"),
            "dma and pcie share stream 0x480/0x0 on &smmu",
            HELP,
            (Subject("/dma", "iommus"),),
        )
    ]


def test_the_device_of_the_overlay_is_what_is_meant(findings):
    rest = "crypto: crypto { iommus = <&smmu 0x480 0x0>; };"
    (found,) = findings(rest, "&dma { iommus = <&smmu 0x480 0x0>; };")
    assert (found.subject, found.also) == (Subject("/dma", "iommus"), (Subject("/crypto", "iommus"),))


def test_the_crypto_engine_of_lemans_and_one_more(seeded):
    system = seeded("lemans-evk", "&tmc_etr { iommus = <&apps_smmu 0x0480 0x0>; };")
    assert list(check(system)) == [
        Finding(
            Subject("/soc@0/tmc@4048000", "iommus"),
            "cryptobam, crypto and tmc_etr share streams 0x480/0x0 and 0x481/0x0 on &apps_smmu",
            HELP,
            (
                Subject("/soc@0/dma-controller@1dc4000", "iommus"),
                Subject("/soc@0/crypto@1dfa000", "iommus"),
            ),
        )
    ]
