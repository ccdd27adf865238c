"""Streams: which node claims which stream of which SMMU."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree import blob
from dtgen.devicetree.cells import id_map
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.hardware import iommu
from dtgen.hardware.iommu import (
    StreamClaim,
    StreamMatch,
    is_smmu_v2,
    is_smmu_v3,
    map_outputs,
    stream_claims,
)

WIDTH = 6
IDS = range(1 << WIDTH)
number = st.integers(0, IDS[-1])
match = st.builds(StreamMatch, number, number)


def ids(*matches: StreamMatch) -> set[int]:
    """What they match, tried one by one."""
    return {id for id in IDS for match in matches if match.matches(id)}


@given(number, number)
def test_a_match_is_stored_without_the_ignored_bits(id, mask):
    stored = StreamMatch(id, mask)
    assert stored.id & stored.mask == 0
    assert ids(stored) == {other for other in IDS if other & ~mask == id & ~mask}
    assert stored == StreamMatch(id | mask, mask)


@given(match)
def test_count(match):
    assert match.count == len(ids(match))


@given(match, match)
def test_contains(match, other):
    assert match.contains(other) == (ids(other) <= ids(match))


@given(match, match)
def test_intersects(match, other):
    assert match.intersects(other) == bool(ids(match) & ids(other)) == other.intersects(match)


@given(match, match)
def test_intersection(match, other):
    common = match.intersection(other)
    assert (ids(common) if common else set()) == ids(match) & ids(other)


@given(match, st.integers(1, WIDTH))
def test_truncated(match, bits):
    assert ids(match.truncated(bits)) == {id & (1 << bits) - 1 for id in ids(match)}


def test_a_match_is_written_as_in_a_message():
    assert str(StreamMatch(0x3007, 0x7)) == "0x3000/0x7"


PROVIDERS = {7: None, 8: 0, 9: 1, 10: 2}
"""Phandle to `#iommu-cells`."""


def with_map(cells: Iterable[int], mask: int | None = None) -> Tree:
    """A tree with the providers and a node `/pcie` with this map."""

    def node(name: str, **properties: int | bytes | None) -> Node:
        values = {name.replace("_", "-"): value for name, value in properties.items() if value is not None}
        raw = {n: v if isinstance(v, bytes) else v.to_bytes(4, "big") for n, v in values.items()}
        return Node(name, f"/{name}", {n: Property(n, value) for n, value in raw.items()}, {})

    value = b"".join(cell.to_bytes(4, "big") for cell in cells)
    nodes = [node("pcie", iommu_map=value, iommu_map_mask=mask)]
    for phandle, count in PROVIDERS.items():
        nodes.append(node(f"iommu-{phandle}", phandle=phandle, **{"#iommu-cells": count}))
    return Tree.of(Node("", "/", {}, {node.name: node for node in nodes}), "test.dtb")


def outputs(cells: Iterable[int], mask: int = 0xFFFFFFFF) -> list[tuple[int, tuple[StreamMatch, ...]]]:
    """First input ID and output IDs of each entry."""
    tree = with_map(cells)
    entries = id_map(tree, tree.nodes["/pcie"].properties["iommu-map"])
    return [(entry.input, matches) for entry, matches in map_outputs(entries, mask)]


def looked_up(cells: tuple[int, ...], mask: int, id: int) -> tuple[int, int, int | None] | None:
    """The entry, its first output cell and its second: of_map_id() of v7.2, step by step."""
    id &= mask
    at, entry, bad = 0, 0, False
    while at < len(cells):
        if len(cells) - at < 2 or cells[at] & ~mask or cells[at + 1] not in PROVIDERS:
            return None
        count = PROVIDERS[cells[at + 1]]
        if bad or count is None:
            count = 1
        if at == 0 and count == 2:
            bad = len(cells) % 4 == 0
            for i in range(0, len(cells) if bad else 0, 4):
                if cells[i + 1] != cells[1] or cells[i + 3] != 1:
                    bad = False
            if bad:
                count = 1
        if len(cells) - at < 3 + count:
            return None
        out, first = cells[at + 2 : at + 2 + count], cells[at]
        at, entry = at + 3 + count, entry + 1
        length = cells[at - 1]
        if id < first or id - first >= length:
            continue
        if (length > 1 and count > 1) or not out:
            return None
        return entry, id - first + out[0], out[1] if count > 1 else None
    return None


def entry(outputs: int, length: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, ...]]:
    output = (st.integers(0, 200) for _ in range(outputs))
    return st.tuples(number, st.sampled_from([*PROVIDERS, 11]), *output, length)


entries = st.one_of(
    st.lists(st.integers(0, 3).flatmap(lambda outputs: entry(outputs, st.integers(0, 90))), max_size=4),
    st.lists(entry(1, st.just(1)), max_size=4),
    st.lists(st.tuples(number, st.just(10), st.integers(0, 9), st.integers(0, 9), st.just(1)), max_size=9),
    st.lists(st.tuples(number, st.just(10), st.integers(0, 9), st.integers(1, 2)), max_size=4),
)


@given(entries, st.none() | st.integers(0, 255))
def test_the_outputs_of_a_map_are_what_the_kernel_looks_up(entries, mask):
    cells = tuple(cell for entry in entries for cell in entry)
    given_mask = 0xFFFFFFFF if mask is None else mask
    wanted = {looked_up(cells, given_mask, id) for id in range(256)} - {None}
    found = [
        (claim.entry, id, claim.mask if claim.cells == 2 else None)
        for claim in stream_claims(with_map(cells, mask))
        for match in claim.matches
        for id in ([claim.id] if claim.cells == 2 else filter(match.matches, range(512)))
    ]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_an_aligned_range_of_a_map_is_one_match():
    assert outputs((0, 9, 0x30000, 0x10000)) == [(0, (StreamMatch(0x30000, 0xFFFF),))]


def test_the_first_entry_of_a_map_wins():
    assert outputs((0x0, 9, 0x100, 0x10, 0x0, 9, 0x200, 0x20)) == [
        (0x0, (StreamMatch(0x100, 0xF),)),
        (0x0, (StreamMatch(0x210, 0xF),)),
    ]


def test_a_map_ends_at_an_entry_that_its_mask_ignores():
    assert [first for first, _ in outputs((0x0, 9, 0, 8, 0x1, 9, 0, 8, 0x10, 9, 0, 8), 0xF8)] == [0]


def test_a_mask_that_takes_too_many_matches_is_left_out():
    ((_, matches),) = outputs((0x0, 9, 0x5555, 0x10000), 0xFFFFFFFE)
    assert matches[0] == StreamMatch(0x5555)
    assert sum(match.count for match in matches) == 0x10000
    assert len(matches) < 40


def test_a_sum_that_carries_into_the_mask_is_halved():
    ((_, matches),) = outputs((0x4, 9, 0x7, 4), 0xFFFFFFFE)
    assert matches == (StreamMatch(7), StreamMatch(9))


def test_as_many_matches_as_a_mask_may_take_are_kept(monkeypatch):
    monkeypatch.setattr(iommu, "_MOST_MATCHES", 4)
    ((_, matches),) = outputs((0x0, 9, 0x1, 6), 0xFFFFFFFD)
    assert matches == tuple(map(StreamMatch, (1, 2, 5, 6)))
    ((_, matches),) = outputs((0x0, 9, 0x2, 11), 0xFFFFFFFE)
    assert sum(match.count for match in matches) == 11


def test_cells_without_a_whole_entry_are_no_entry():
    assert outputs((0, 9, 2)) == []


BOARD = """
/ {
    two: two { #iommu-cells = <2>; };
    one: one { #iommu-cells = <1>; };
    zero: zero { #iommu-cells = <0>; };
    none: none { };
    dsp { iommus = IOMMUS; };
};
"""


@pytest.fixture(scope="session")
def claims(tree):
    def literal(iommus: str):
        return [
            (str(claim.subject), claim.entry, claim.smmu.path, claim.id, claim.mask)
            for claim in stream_claims(tree(BOARD.replace("IOMMUS", iommus)))
        ]

    return literal


@pytest.mark.parametrize(
    ("iommus", "expected"),
    [
        ("<&two 0x3000 0x7>", [("/dsp: iommus", 1, "/two", 0x3000, 7)]),
        ("<&one 0x3000>", [("/dsp: iommus", 1, "/one", 0x3000, 0)]),
        (
            "<&one 1>, <&two 2 3>, <&one 4>",
            [
                ("/dsp: iommus", 1, "/one", 1, 0),
                ("/dsp: iommus", 2, "/two", 2, 3),
                ("/dsp: iommus", 3, "/one", 4, 0),
            ],
        ),
        ("<&zero>", []),
        ("<&zero>, <&one 1>", [("/dsp: iommus", 2, "/one", 1, 0)]),
        ("<&one 1>, <0>, <&one 2>", [("/dsp: iommus", 1, "/one", 1, 0)]),
        ("<&two 0x3000>", []),
        ("<&none 1 2>", []),
        ("<0x99 1 2>", []),
    ],
)
def test_claims_are_the_well_formed_entries(claims, iommus, expected):
    assert claims(iommus) == expected


def test_a_claim_is_as_it_is_written(tree):
    board = tree("/ { smmu: iommu { #iommu-cells = <2>; }; dsp { iommus = <&smmu 0x3007 0x7>; }; };")
    (claim,) = stream_claims(board)
    matches = (StreamMatch(0x3000, 7),)
    assert claim == StreamClaim(claim.subject, 1, board.nodes["/iommu"], 0x3007, 7, matches=matches, cells=2)


def test_claims_are_in_the_order_of_the_tree(tree):
    board = tree(
        "/ { smmu: iommu { #iommu-cells = <1>; }; b { iommus = <&smmu 1>; a { iommus = <&smmu 2>; }; }; "
        "a { iommus = <&smmu 3>; }; };"
    )
    assert [claim.subject.path for claim in stream_claims(board)] == ["/b", "/b/a", "/a"]


def test_a_node_without_iommus_claims_nothing(tree):
    assert list(stream_claims(tree("/ { dsp { }; };"))) == []


MAPS = """
/ {
    two: two { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    one: one { compatible = "qcom,smmu-v2"; #iommu-cells = <1>; };
    grouped: grouped { compatible = "arm,mmu-401"; #iommu-cells = <1>; stream-match-mask = <0x7>; };
    v3: v3 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    masked: masked { compatible = "arm,smmu-v3"; #iommu-cells = <1>; stream-match-mask = <0x7>; };
    dsp { BODY };
};
"""


@pytest.fixture(scope="session")
def understood(tree):
    """How a claim is written in messages, and the matches that the driver makes of it."""

    def literal(body: str):
        board = tree(MAPS.replace("BODY", body))
        return [(str(claim), " ".join(map(str, claim.matches))) for claim in stream_claims(board)]

    return literal


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("iommus = <&two 0x3007 0x7>;", [("0x3007/0x7", "0x3000/0x7")]),
        ("iommus = <&two 0x13000 0x0>;", [("0x13000/0x0", "0x3000/0x0")]),
        ("iommus = <&one 0x3000>;", [("0x3000", "0x3000/0x0")]),
        ("iommus = <&grouped 0x3001>;", [("0x3001/0x7", "0x3000/0x7")]),
        ("iommus = <&v3 0x13000>;", [("0x13000", "0x13000/0x0")]),
        ("iommus = <&masked 0x3001>;", [("0x3001", "0x3001/0x0")]),
        ("iommu-map = <0x0 &v3 0x30000 0x10000>;", [("0x30000-0x3ffff", "0x30000/0xffff")]),
        ("iommu-map = <0x0 &two 0x400 0x1>;", [("0x400", "0x400/0x0")]),
        ("iommu-map = <0x0 &one 0x400 0x3>;", [("0x400-0x402", "0x400/0x1 0x402/0x0")]),
        ("iommu-map = <0x0 &one 0x1fff0 0x20>;", [("0x1fff0-0x2000f", "0xfff0/0xf 0x0/0xf")]),
        ("iommu-map = <0x0 &two 0x400 0x7 0x1>;", [("0x400/0x7", "0x400/0x7")]),
        ("iommu-map = <0x0 &two 0x400 0x0 0x1>;", [("0x400/0x0", "0x400/0x0")]),
        ("iommu-map = <0x0 &two 0x400 0x0 0x2>, <0x2 &two 0x402 0x0 0x1>;", [("0x402/0x0", "0x402/0x0")]),
        (
            "iommu-map = <0x0 &two 0x400 0x1>, <0x100 &two 0x401 0x1>;",
            [("0x400", "0x400/0x0"), ("0x401", "0x401/0x0")],
        ),
        ("iommu-map = <0x0 &grouped 0x400 0x1>;", [("0x400/0x7", "0x400/0x7")]),
        ("iommu-map = <0x0 &two 0x400 0x0>;", []),
        ("iommu-map = <0x0 0x99 0x400 0x1>;", []),
        ("iommu-map = <0x0 &one 0x400 0x1>, <0x1>;", [("0x400", "0x400/0x0")]),
        ("iommu-map = <0x0 &two 0x400 0x3>;", []),
        (
            "iommu-map = <0x0 &v3 0x100 0x100>; iommu-map-mask = <0xf8>;",
            [("0x100-0x1ff", "0x100/0xf8")],
        ),
        (
            "iommu-map = <0x0 &two 0x0 0x0 0x1>, <0x100 &v3 0x1 0x1>; iommus = <&one 0x5>;",
            [("0x5", "0x5/0x0"), ("0x0/0x0", "0x0/0x0"), ("0x1", "0x1/0x0")],
        ),
    ],
)
def test_what_the_driver_makes_of_a_claim(understood, body, expected):
    assert understood(body) == expected


def test_the_claims_of_a_map_know_their_entries(tree):
    board = tree(MAPS.replace("BODY", "iommu-map = <0x0 &two 0x1 0x0 0x9>, <0x9 &v3 0x2 0x8>;"))
    (claim,) = stream_claims(board)
    assert (claim.entry, claim.is_range, claim.id, claim.last, claim.length) == (2, True, 2, 9, 8)
    assert (claim.path, claim.subject.property) == ("/dsp", "iommu-map")


@pytest.mark.parametrize(
    ("compatible", "served"),
    [
        (b"qcom,sa8775p-smmu-500\0qcom,smmu-500\0arm,mmu-500\0", True),
        (b"qcom,msm8996-smmu-v2\0qcom,smmu-v2\0", True),
        (b"arm,smmu-v3\0", False),
        (b"qcom,msm-iommu-v2\0", False),
        (b"", False),
    ],
)
def test_is_smmu_v2(compatible, served):
    assert (
        is_smmu_v2(Node("iommu", "/iommu", {"compatible": Property("compatible", compatible)}, {})) is served
    )


@pytest.mark.parametrize(
    ("compatible", "served"), [(b"arm,smmu-v3\0", True), (b"qcom,smmu-500\0arm,mmu-500\0", False)]
)
def test_is_smmu_v3(compatible, served):
    assert (
        is_smmu_v3(Node("iommu", "/iommu", {"compatible": Property("compatible", compatible)}, {})) is served
    )


def test_streams_of_a_real_board(compiled):
    board = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    claims = [claim for claim in stream_claims(board) if claim.subject.property == "iommus"]
    entries = sum(
        len(node.properties["iommus"].value) // 12
        for node in board.nodes.values()
        if "iommus" in node.properties
    )
    assert {claim.smmu.cell("#iommu-cells") for claim in claims} == {2}
    assert len(claims) == entries


def test_the_pcie_streams_of_a_real_board(compiled):
    board = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    assert [
        (board.labels[claim.path], claim.entry, str(claim))
        for claim in stream_claims(board)
        if claim.subject.property == "iommu-map"
    ] == [("pcie0", 1, "0x0"), ("pcie0", 2, "0x1"), ("pcie1", 1, "0x80"), ("pcie1", 2, "0x81")]
