"""Streams: which node claims which stream of which SMMU."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node, Property
from dtgen.hardware.iommu import (
    StreamClaim,
    StreamMatch,
    id_map,
    is_smmu_v2,
    is_smmu_v3,
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


entry = st.tuples(number, st.integers(1, 3), st.integers(0, 200), st.integers(0, 90))


def looked_up(cells: list[int], mask: int, id: int) -> tuple[int, int] | None:
    """Which entry an input ID has, and its output ID: of_map_id(), step by step."""
    id &= mask
    for at in range(0, len(cells), 4):
        first, _, output, length = cells[at : at + 4]
        if first & ~mask:
            return None
        if first <= id < first + length:
            return at // 4, id - first + output
    return None


@given(st.lists(entry, max_size=4), st.none() | st.integers(0, 255))
def test_the_outputs_of_a_map_are_what_the_kernel_looks_up(entries, mask):
    cells = [cell for entry in entries for cell in entry]
    given_mask = 0xFFFFFFFF if mask is None else mask
    found = {looked_up(cells, given_mask, id) for id in range(256)} - {None}
    outputs = [
        (number, id)
        for number, entry in enumerate(id_map(cells, given_mask))
        for match in entry.outputs
        for id in range(512)
        if match.matches(id)
    ]
    assert len(outputs) == len(set(outputs))
    assert set(outputs) == found


def test_an_aligned_range_of_a_map_is_one_match():
    (entry,) = id_map((0, 7, 0x30000, 0x10000))
    assert (entry.phandle, entry.outputs) == (7, (StreamMatch(0x30000, 0xFFFF),))


def test_the_first_entry_of_a_map_wins():
    first, second = id_map((0x0, 1, 0x100, 0x10, 0x0, 1, 0x200, 0x20))
    assert first.outputs == (StreamMatch(0x100, 0xF),)
    assert second.outputs == (StreamMatch(0x210, 0xF),)


def test_a_map_ends_at_an_entry_that_its_mask_ignores():
    assert [entry.input for entry in id_map((0x0, 1, 0, 8, 0x1, 1, 0, 8, 0x10, 1, 0, 8), 0xF8)] == [0]


def test_a_mask_that_takes_too_many_matches_is_left_out():
    (entry,) = id_map((0x0, 1, 0x5555, 0x10000), 0xFFFFFFFE)
    assert entry.outputs[0] == StreamMatch(0x5555)
    assert sum(match.count for match in entry.outputs) == 0x10000
    assert len(entry.outputs) < 40


def test_cells_without_a_whole_entry_are_no_entry():
    assert list(id_map((0, 1, 2))) == []


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
    assert claim == StreamClaim(claim.subject, 1, board.nodes["/iommu"], 0x3007, 7, 1, matches)


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
        ("iommu-map = <0x0 &v3 0x30000 0x10000>;", [("0x30000-0x3ffff", "0x30000/0xffff")]),
        ("iommu-map = <0x0 &two 0x400 0x1>;", [("0x400", "0x400/0x0")]),
        ("iommu-map = <0x0 &two 0x400 0x3>;", [("0x400-0x402", "0x400/0x1 0x402/0x0")]),
        ("iommu-map = <0x0 &two 0x1fff0 0x20>;", [("0x1fff0-0x2000f", "0xfff0/0xf 0x0/0xf")]),
        ("iommu-map = <0x0 &grouped 0x400 0x1>;", [("0x400/0x7", "0x400/0x7")]),
        ("iommu-map = <0x0 &two 0x400 0x0>;", []),
        ("iommu-map = <0x0 0x99 0x400 0x1>;", []),
        ("iommu-map = <0x0 &two 0x400 0x1>, <0x1>;", []),
        (
            "iommu-map = <0x0 &v3 0x100 0x100>; iommu-map-mask = <0xf8>;",
            [("0x100-0x1ff", "0x100/0xf8")],
        ),
        (
            "iommu-map = <0x0 &two 0x0 0x1>, <0x100 &v3 0x1 0x1>; iommus = <&one 0x5>;",
            [("0x5", "0x5/0x0"), ("0x0", "0x0/0x0"), ("0x1", "0x1/0x0")],
        ),
    ],
)
def test_what_the_driver_makes_of_a_claim(understood, body, expected):
    assert understood(body) == expected


def test_the_claims_of_a_map_know_their_entries(tree):
    board = tree(MAPS.replace("BODY", "iommu-map = <0x0 0x99 0x1 0x1>, <0x1 &two 0x2 0x8>;"))
    (claim,) = stream_claims(board)
    assert (claim.entry, claim.is_map, claim.id, claim.last, claim.length) == (2, True, 2, 9, 8)
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
    claims = [claim for claim in stream_claims(board) if not claim.is_map]
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
        (board.labels[claim.path], claim.entry, str(claim)) for claim in stream_claims(board) if claim.is_map
    ] == [("pcie0", 1, "0x0"), ("pcie0", 2, "0x1"), ("pcie1", 1, "0x80"), ("pcie1", 2, "0x81")]
