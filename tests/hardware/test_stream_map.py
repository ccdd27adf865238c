"""The stream map of a system."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Subject
from dtgen.hardware.iommu import StreamMatch
from dtgen.hardware.sharing import Sharing
from dtgen.hardware.stream_map import Claimant, StreamMap, stream_map
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge

BOARD = """
/ {
    v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; STATUS };
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    other { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    BODY
};
"""

DISABLED = 'status = "disabled";'


@pytest.fixture(scope="session")
def mapped(dtb):
    def system(body: str, status: str) -> System:
        data = dtb(BOARD.replace("BODY", body).replace("STATUS", status))
        return System(Merged.unchanged(blob.read(data, "test.dtb"), data))

    def literal(body: str, against: str | None = None, status: str = "") -> StreamMap:
        base = None if against is None else system(against, "")
        return stream_map(system(body, status), base)

    return literal


def rows(streams: StreamMap) -> list[tuple[str, int, int, int, list[str]]]:
    return [
        (smmu.path, stream.id, stream.mask, stream.length, [c.subject.path for c in stream.claimants])
        for smmu in streams.smmus
        for stream in smmu.streams
    ]


def claimants(streams: StreamMap) -> list[Claimant]:
    return [claimant for smmu in streams.smmus for stream in smmu.streams for claimant in stream.claimants]


def test_streams_are_sorted_and_equal_matches_are_one(mapped):
    body = """
        a { iommus = <&smmu 0x20 0x0>, <&smmu 0x13 0x3>; };
        b { iommus = <&smmu 0x10 0x3>; };
        pcie { iommu-map = <0x0 &v3 0x30000 0x10000>, <0x10000 &smmu 0x5 0x0 0x1>; };
    """
    assert rows(mapped(body)) == [
        ("/pcie-iommu", 0x30000, 0, 0x10000, ["/pcie"]),
        ("/iommu", 0x5, 0, 1, ["/pcie"]),
        ("/iommu", 0x10, 3, 1, ["/a", "/b"]),
        ("/iommu", 0x20, 0, 1, ["/a"]),
    ]


def test_what_is_known_of_an_smmu(mapped):
    body = "a { iommus = <&smmu 0x20 0x0>, <&smmu 0x21 0x0>; }; b { iommus = <&v3 0x1>; };"
    v3, v2 = mapped(body, status='status = "reserved";').smmus
    assert (v2.path, v2.label, v2.version, v2.available, v2.mapping_groups) == ("/iommu", "smmu", 2, True, 2)
    assert (v3.version, v3.status, v3.available, v3.mapping_groups) == (3, "reserved", False, None)


def test_a_disabled_node_is_in_the_map_but_needs_no_group(mapped):
    (smmu,) = mapped(f"a {{ iommus = <&smmu 0x20 0x0>; {DISABLED} }};").smmus
    assert smmu.mapping_groups == 0
    matches = (StreamMatch(0x20),)
    claimant = Claimant(Subject("/a", "iommus"), None, 1, False, False, None, (), matches)
    assert smmu.streams[0].claimants == (claimant,)


def test_an_iommu_of_another_kind_is_not_in_the_map(mapped):
    assert mapped("x: x { #iommu-cells = <1>; }; a { iommus = <&x 1>; };").smmus == ()


def test_conflicts_are_marked_on_both_sides(mapped):
    body = """
        adsp: dsp { compatible = "qcom,x-pas"; iommus = <&smmu 0x10 0x1>; };
        dais { iommus = <&smmu 0x11 0x0>; };
        a { iommus = <&smmu 0x20 0x0>; };
        b { iommus = <&smmu 0x20 0x0>; };
    """
    found = {claimant.subject.path: claimant for claimant in claimants(mapped(body))}
    assert {path: (one.sharing, one.shares_with, one.conflicts) for path, one in found.items()} == {
        "/dsp": (Sharing.ATTACH, ("/dais",), True),
        "/dais": (Sharing.ATTACH, ("/dsp",), True),
        "/a": (Sharing.GROUP, ("/b",), False),
        "/b": (Sharing.GROUP, ("/a",), False),
    }
    assert found["/dsp"].label == "adsp"


def test_the_worst_of_two_is_marked(mapped):
    body = (
        "a { iommus = <&smmu 0x0 0x3>; }; b { iommus = <&smmu 0x1 0x0>; }; c { iommus = <&smmu 0x0 0x5>; };"
    )
    first = claimants(mapped(body))[0]
    assert (first.sharing, first.shares_with) == (Sharing.PARTIAL, ("/b", "/c"))


@pytest.mark.parametrize(
    ("before", "new"),
    [
        ("a { iommus = <&smmu 0x10 0x0>; };", False),
        ("a { iommus = <&smmu 0x10 0x1>; };", True),
        ("a { iommus = <&smmu 0x11 0x0>, <&smmu 0x10 0x0>; };", False),
        ("a { iommus = <&v3 0x10>; };", True),
        ("b { iommus = <&smmu 0x10 0x0>; };", True),
        (f"a {{ iommus = <&smmu 0x10 0x0>; {DISABLED} }};", True),
    ],
)
def test_what_the_other_tree_does_not_have_is_new(mapped, before, new):
    streams = mapped("a { iommus = <&smmu 0x10 0x0>; };", against=before)
    assert [claimant.new for claimant in claimants(streams)] == [new]
    assert streams.against == "test.dtb"


def test_what_became_disabled_is_not_new(mapped):
    body = "a { iommus = <&smmu 0x10 0x0>; %s };"
    assert [one.new for one in claimants(mapped(body % DISABLED, against=body % DISABLED))] == [False]
    assert [one.new for one in claimants(mapped(body % DISABLED, against=body % ""))] == [False]


def test_nothing_is_new_without_another_tree(mapped):
    streams = mapped("a { iommus = <&smmu 0x10 0x0>; };")
    assert ([one.new for one in claimants(streams)], streams.against) == ([False], None)


def test_linux_for_el2_on_lemans(compiled):
    data, el2 = compiled("lemans-evk.dts"), compiled("lemans-el2.dtso")
    base = blob.read(data, "lemans-evk.dtb")
    merged = merge(base, data, Overlay.of(blob.read(el2, "lemans-el2.dtbo")), el2)
    streams = stream_map(System(merged), System(Merged.unchanged(base, data)))
    assert [(smmu.label, smmu.version, smmu.mapping_groups) for smmu in streams.smmus] == [
        ("adreno_smmu", 2, 3),
        ("apps_smmu", 2, 77),
        ("pcie_smmu", 2, 4),
    ]
    assert [one.label for one in claimants(streams) if one.new] == [
        "remoteproc_cdsp0",
        "remoteproc_cdsp1",
        "remoteproc_adsp",
        "remoteproc_gpdsp0",
        "remoteproc_gpdsp1",
    ]
    assert not any(one.conflicts for one in claimants(streams))
