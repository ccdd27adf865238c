"""malformed-specifier: entries that do not have the cells that their provider takes."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Subject
from dtgen.dts import compiler
from dtgen.dts.kernel import compile_sources
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge
from dtgen.rules import refused_map_entry
from dtgen.rules.malformed_specifier import check

BOARD = """
/ {
    smmu: iommu { #iommu-cells = <2>; };
    clk: clock { #clock-cells = <1>; phandle = <0x20>; };
    one: one-iommu { #iommu-cells = <1>; };
    its: msi-controller { msi-controller; #msi-cells = <1>; };
    v2m: v2m { msi-controller; };
    bare { phandle = <0x30>; };
    dsp: dsp { BODY };
};
"""

IOMMUS = "an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> with one"
IOMMU_MAP = (
    "an entry is <requester-id &smmu stream-id mask length> for an SMMU with two cells, "
    "<requester-id &smmu stream-id length> with one"
)
MSI_MAP = "an entry is <requester-id &msi-controller device-id length>"


def base(dtb, body: str = "") -> tuple[blob.Tree, bytes]:
    data = dtb(BOARD.replace("BODY", body))
    return blob.read(data, "test.dtb"), data


@pytest.fixture(scope="session")
def findings(dtb):
    """In a base of which `/dsp` has this property."""
    return lambda body: list(check(System(Merged.unchanged(*base(dtb, body)))))


@pytest.fixture(scope="session")
def overlay_findings(dtb, dtbo):
    """In a base that an overlay gave `/dsp` this property."""

    def apply(body: str):
        data = dtbo(f"&dsp {{ {body} }};")
        return list(check(System(merge(*base(dtb), Overlay.of(blob.read(data, "test.dtbo")), data))))

    return apply


def finding(prop: str, message: str, help: str = "") -> Finding:
    return Finding(Subject("/dsp", prop), message, help)


SOUND = [
    "iommus = <&smmu 0x3000 0x0>;",
    "iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>;",
    "clocks = <&clk 1>;",
    "memory-region = <&smmu>, <&clk>;",
    "iommu-map = <0x0 &smmu 0x1400 0x1>;",
    "iommu-map = <0x0 &smmu 0x1400 0x1>, <0x100 &smmu 0x1401 0x1>;",
    "iommu-map = <0x0 &smmu 0x1400 0x0 0x1>, <0x100 &smmu 0x1401 0x0 0x1>;",
    "iommu-map = <0x0 &one 0x1400 0x100>, <0x100 &smmu 0x1401 0x0 0x1>;",
    "msi-map = <0x0 &its 0x1400 0x1>;",
    "msi-map = <0x0 &v2m 0x0 0x10000>;",
    "clocks = <0>;",
    "assigned-clock-parents = <0>, <&clk 1>;",
    "assigned-clock-parents = <&clk 1>, <0>, <0>, <&clk 2>;",
    "clocks = <&clk 1>, <0>;",
    "iommus = <&smmu 0x3000 0x0>, <0>;",
    "reg = <&smmu>;",
]


@pytest.mark.parametrize("body", SOUND)
def test_a_sound_list_passes(findings, body):
    assert findings(body) == []


@pytest.mark.parametrize("body", SOUND)
def test_a_sound_list_of_an_overlay_passes(overlay_findings, body):
    assert overlay_findings(body) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "iommus = <&smmu 0x3000>;",
            finding(
                "iommus",
                "entry 1 of iommus has 1 cell after the phandle, &smmu takes 2 (#iommu-cells)",
                IOMMUS,
            ),
        ),
        (
            "clocks = <&clk>;",
            finding("clocks", "entry 1 of clocks has 0 cells after the phandle, &clk takes 1 (#clock-cells)"),
        ),
        (
            "iommus = <&clk 1>;",
            finding(
                "iommus",
                "entry 1 of iommus names &clk, which is not an IOMMU: it has no #iommu-cells",
                IOMMUS,
            ),
        ),
        (
            "clocks = <0x30 1>;",
            finding(
                "clocks",
                "entry 1 of clocks names /bare, which is not a provider of clocks: it has no #clock-cells",
            ),
        ),
        (
            "clocks = <0x99 1>;",
            finding("clocks", "entry 1 of clocks starts with 0x99, which is not the phandle of any node"),
        ),
        (
            "memory-region = <&smmu 0x99>;",
            finding(
                "memory-region",
                "entry 2 of memory-region starts with 0x99, which is not the phandle of any node",
            ),
        ),
        (
            "clocks = [00 00 01];",
            finding("clocks", "clocks has 3 bytes, which is not a whole number of cells"),
        ),
        (
            'memory-region = "smmu_mem";',
            finding("memory-region", "memory-region is a string, and takes references"),
        ),
        ("iommus;", finding("iommus", "iommus has 0 bytes, which is not a whole number of cells", IOMMUS)),
        (
            "iommu-map = <0x0 &smmu 0x1400>;",
            finding(
                "iommu-map",
                "entry 1 of iommu-map has 3 cells, not 5: &smmu takes 2 (#iommu-cells)",
                IOMMU_MAP,
            ),
        ),
        (
            "iommu-map = <0x0 &one 0x1400 0x1>, <0x1>;",
            finding("iommu-map", "entry 2 of iommu-map has no phandle", IOMMU_MAP),
        ),
        (
            "iommu-map = <0x0 &smmu 0x1400 0x1>, <0x100 &one 0x1401 0x1>;",
            finding(
                "iommu-map",
                "entry 1 of iommu-map has 4 cells, not 5: &smmu takes 2 (#iommu-cells)",
                IOMMU_MAP,
            ),
        ),
        (
            "msi-map;",
            finding("msi-map", "msi-map has 0 bytes, which is not a whole number of cells", MSI_MAP),
        ),
        (
            "iommu-map = <0x0 &clk 0x1400 0x1>;",
            finding("iommu-map", "entry 1 of iommu-map names &clk, which has no #iommu-cells", IOMMU_MAP),
        ),
        (
            "msi-map = <0x0 &its 0x0 0x1>, <0x1 &clk 0x0 0x1>;",
            finding("msi-map", "entry 2 of msi-map names &clk, which has no #msi-cells", MSI_MAP),
        ),
        (
            "iommu-map = <0x0 0x99 0x1400 0x1>;",
            finding(
                "iommu-map",
                "entry 1 of iommu-map has 0x99 where a phandle should be, and no node has it",
                IOMMU_MAP,
            ),
        ),
    ],
)
def test_a_malformed_list(findings, body, found):
    assert findings(body) == [found]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "iommus = <&smmu 0x3000>, <&smmu 0x3001 0x0>;",
            finding(
                "iommus",
                "entry 1 of iommus has 1 cell after the phandle, &smmu takes 2 (#iommu-cells)",
                IOMMUS,
            ),
        ),
        (
            "iommus = <&smmu 0x3000 0x0 0x5>, <&smmu 0x3001 0x0>;",
            finding(
                "iommus",
                "entry 1 of iommus has 3 cells after the phandle, &smmu takes 2 (#iommu-cells)",
                IOMMUS,
            ),
        ),
        (
            "memory-region = <&smmu 5>;",
            finding("memory-region", "entry 1 of memory-region has 1 cell after the phandle, &smmu takes 0"),
        ),
        (
            "iommu-map = <0x0 &smmu 0x1400 0x1>, <0x100 &smmu 0x1401 0x0 0x1>;",
            finding(
                "iommu-map",
                "entry 1 of iommu-map has 4 cells, not 5: &smmu takes 2 (#iommu-cells)",
                IOMMU_MAP,
            ),
        ),
        (
            "iommu-map = <&smmu 0x1400 0x0 0x1>;",
            finding("iommu-map", "iommu-map has its first phandle in cell 1, not in 2", IOMMU_MAP),
        ),
        (
            "iommus = <0x3000 &smmu 0x0>;",
            finding("iommus", "iommus starts with the number 0x3000, not with a phandle", IOMMUS),
        ),
    ],
)
def test_the_fixups_of_an_overlay_show_the_entry_that_is_wrong(overlay_findings, body, found):
    assert overlay_findings(body) == [found]


def test_what_follows_an_empty_entry_is_checked(findings):
    assert findings("clocks = <0>, <&clk>;") == [
        finding("clocks", "entry 2 of clocks has 0 cells after the phandle, &clk takes 1 (#clock-cells)")
    ]


@pytest.mark.parametrize(
    "body", ["iommus = <0>, <&smmu 0x1 0x0>;", "iommus = <&smmu 0x1 0x0 0x0>, <&smmu 0x2 0x0>;"]
)
def test_iommus_end_at_an_empty_entry(findings, overlay_findings, body):
    number = 1 if "<0>" in body else 2
    message = f"entry {number} of iommus is empty: the kernel reads no further"
    assert findings(body) == overlay_findings(body) == [finding("iommus", message, IOMMUS)]


def test_cells_after_an_empty_entry(overlay_findings):
    assert overlay_findings("clocks = <0 0 5>, <&clk 1>;") == [
        finding("clocks", "clocks starts with the number 0x5, not with a phandle")
    ]
    assert overlay_findings("clocks = <&clk 1>, <0 5>, <&clk 1>;") == [
        finding("clocks", "entry 1 of clocks has 3 cells after the phandle, &clk takes 1 (#clock-cells)")
    ]


def test_an_msi_parent_needs_no_msi_cells(findings):
    # of_msi_get_domain() in drivers/of/irq.c: of_for_each_phandle(…, "msi-parent", "#msi-cells", 0)
    assert findings("msi-parent = <&v2m>;") == []


def test_a_map_with_a_remainder_of_bytes(findings):
    assert findings("iommu-map = <0x0 &smmu 0x1400 0x1>, [00 00];") == [
        finding("iommu-map", "iommu-map has 18 bytes, which is not a whole number of cells", IOMMU_MAP)
    ]


def test_every_entry_of_four_cells_that_the_kernel_does_not_take(findings):
    # the second length is not 1: of_check_bad_map() in drivers/of/base.c
    message = "entry {} of iommu-map has 4 cells, not 5: &smmu takes 2 (#iommu-cells)"
    assert findings("iommu-map = <0x0 &smmu 0x1400 0x1>, <0x100 &smmu 0x1401 0x2>;") == [
        finding("iommu-map", message.format(1), IOMMU_MAP),
        finding("iommu-map", message.format(2), IOMMU_MAP),
    ]


def test_sixteen_entries_of_five_cells_are_not_twenty_of_four(findings):
    entries = (f"<{rid:#x} &smmu {0x1C10 + rid:#x} 0x0 0x1>" for rid in range(16))
    assert findings(f"iommu-map = {', '.join(entries)};") == []


def test_every_malformed_list_of_a_node_is_found(findings):
    found = findings("iommus = <&smmu 0x3000>; clocks = <&clk>;")
    assert sorted(str(one.subject) for one in found) == ["/dsp: clocks", "/dsp: iommus"]


def test_linux_for_el2_on_lemans_is_sound(compiled):
    data, el2 = compiled("lemans-evk.dts"), compiled("lemans-el2.dtso")
    board = blob.read(data, "lemans-evk.dtb")
    assert list(check(System(merge(board, data, Overlay.of(blob.read(el2, "lemans-el2.dtbo")), el2)))) == []


def test_a_mask_that_is_missing_on_lemans(seeded):
    (found,) = check(seeded("lemans-evk", "&remoteproc_adsp { iommus = <&apps_smmu 0x3000>; };"))
    assert found == Finding(
        Subject("/soc@0/remoteproc@30000000", "iommus"),
        "entry 1 of iommus has 1 cell after the phandle, &apps_smmu takes 2 (#iommu-cells)",
        IOMMUS,
    )


@pytest.mark.parametrize(
    ("board", "smmu", "streams"),
    [
        # five cells an entry, written so for v7.2
        ("lemans-evk", "pcie_smmu", 4),
        ("qcs8300-ride", "pcie_smmu", 4),
        # sixteen of them, which are eighty cells
        ("sdm845-db845c", "apps_smmu", 32),
        # one cell, and ranges
        ("glymur-crd", "pcie_smmu", 4),
    ],
)
def test_the_maps_of_linux_7_2(linux_7_2, shared_directory, board, smmu, streams):
    tools = compiler.find_dtc(), compiler.find_cpp()
    (compilation,) = compile_sources(linux_7_2, [f"qcom/{board}.dts"], shared_directory / "cache", *tools)
    tree = blob.read(compilation.blob, board)
    system = System(Merged.unchanged(tree, compilation.blob))
    assert list(check(system)) == list(refused_map_entry.check(system)) == []
    provider = tree.nodes[tree.symbols[smmu]]
    mapped = [c for c in system.claims if c.smmu is provider and c.subject.property == "iommu-map"]
    assert len(mapped) == streams
