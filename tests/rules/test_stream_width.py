"""stream-width: ids and masks that do not fit into a stream match register."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge
from dtgen.rules.stream_width import check

HELP = "ids and masks are at most 0xffff; stream IDs are wired in hardware: the vendor's documentation must say this one"


@pytest.fixture(scope="session")
def findings(dtb):
    def literal(iommus: str, compatible: str = "qcom,smmu-500", cells: int = 2):
        data = dtb(f"""
            / {{
                smmu: iommu {{ compatible = "{compatible}", "arm,mmu-500"; #iommu-cells = <{cells}>; }};
                other: other {{ compatible = "{compatible}"; #iommu-cells = <{cells}>; }};
                dsp {{ iommus = {iommus}; }};
            }};""")
        return list(check(System(Merged.unchanged(blob.read(data, "test.dtb"), data))))

    return literal


def finding(message: str) -> Finding:
    return Finding(Subject("/dsp", "iommus"), message, HELP)


@pytest.mark.parametrize("iommus", ["<&smmu 0xffff 0xffff>", "<&smmu 0 0>", "<&other 0x10000 0x10000>"])
def test_what_fits_or_belongs_to_another_iommu_passes(findings, iommus):
    assert findings(iommus) == []


@pytest.mark.parametrize(
    ("iommus", "message"),
    [
        (
            "<&smmu 0x10000 0x0>",
            "stream ID 0x10000 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x0",
        ),
        (
            "<&smmu 0x1 0x0>, <&smmu 0x13000 0x0>",
            "stream ID 0x13000 of entry 2 is wider than the 16 bits of &smmu: the kernel would use 0x3000",
        ),
        (
            "<&smmu 0x3000 0xffff0001>",
            "mask 0xffff0001 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x1",
        ),
    ],
)
def test_what_is_too_wide(findings, iommus, message):
    assert findings(iommus) == [finding(message)]


def test_an_id_and_its_mask_may_both_be_too_wide(findings):
    assert findings("<&smmu 0x10002 0x10003>") == [
        finding("stream ID 0x10002 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x2"),
        finding("mask 0x10003 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x3"),
    ]


def test_an_id_of_one_cell(findings):
    assert findings("<&smmu 0x10002>", cells=1) == [
        finding("stream ID 0x10002 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x2")
    ]


@pytest.mark.parametrize(
    ("length", "what", "kept"),
    [(1, "stream ID 0x30000", "0x0"), (0x10000, "last stream ID 0x3ffff", "0xffff")],
)
def test_a_map_for_an_smmu_v3(system, length, what, kept):
    body = """
        smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; };
        v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
        pcie@1 { iommu-map = <0x0 &v3 0x30000 0x10000>; };
    """
    (found,) = check(system(f"{body} pcie@2 {{ iommu-map = <0x0 &smmu 0x30000 {length:#x}>; }};"))
    assert found == Finding(
        Subject("/pcie@2", "iommu-map"),
        f"{what} of entry 1 is wider than the 16 bits of &smmu: the kernel would use {kept}",
        HELP,
    )


def test_an_entry_without_its_cells_is_not_judged(findings):
    assert findings("<&smmu 0x10000>") == []


def test_linux_for_el2_on_lemans_fits(compiled):
    data, el2 = compiled("lemans-evk.dts"), compiled("lemans-el2.dtso")
    board = blob.read(data, "lemans-evk.dtb")
    assert list(check(System(merge(board, data, Overlay.of(blob.read(el2, "lemans-el2.dtbo")), el2)))) == []


def test_a_digit_too_many_on_lemans(seeded):
    overlay = "&remoteproc_adsp { iommus = <&apps_smmu 0x30000 0x0>; };"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/remoteproc@30000000", "iommus"),
            "stream ID 0x30000 of entry 1 is wider than the 16 bits of &apps_smmu: the kernel would use 0x0",
            HELP,
        )
    ]
