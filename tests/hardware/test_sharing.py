"""Streams that two nodes claim, and what the kernel makes of it."""

from __future__ import annotations

from itertools import combinations, islice, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree.tree import Node, Property
from dtgen.diagnostics import Subject
from dtgen.hardware import sharing
from dtgen.hardware.iommu import StreamClaim, StreamMatch, stream_claims
from dtgen.hardware.sharing import (
    Sharing,
    attaches,
    groups,
    mapping_groups,
    overlaps,
)

SMMU = Node("iommu", "/iommu", {"compatible": Property("compatible", b"arm,mmu-500\0")}, {})

number = st.integers(0, 31)
match = st.builds(StreamMatch, number, number)


def claim(path: str, *matches: StreamMatch) -> StreamClaim:
    first = matches[0]
    return StreamClaim(Subject(path, "iommus"), 1, SMMU, first.id, first.mask, matches=matches)


def probed(matches: tuple[StreamMatch, ...]) -> tuple[list[StreamMatch], list[StreamMatch]]:
    """The registers after devices were probed in this order, and the matches that were refused."""
    registers: list[StreamMatch] = []
    refused = []
    for match in matches:
        for register in registers:
            ignored = register.mask
            if match.mask & ignored == match.mask and not (match.id ^ register.id) & ~ignored:
                break
            if not (match.id ^ register.id) & ~(ignored | match.mask):
                refused.append(match)
                break
        else:
            registers.append(match)
    return registers, refused


@given(match, match)
def test_sharing_is_what_probing_in_either_order_shows(one, other):
    found = list(overlaps([claim("/a", one), claim("/b", other)], {"/a": SMMU, "/b": SMMU}))
    both = [probed((one, other)), probed((other, one))]
    if all(len(registers) == 2 for registers, _ in both):
        assert found == []
        return
    (overlap,) = found
    refused = [bool(refusals) for _, refusals in both]
    assert (overlap.sharing is Sharing.PARTIAL) == all(refused)
    assert (overlap.sharing is Sharing.GROUP) == (not all(refused))
    assert overlap.ordered == (refused in ([True, False], [False, True]))
    assert overlap.identical == (one == other)
    assert {id for id in range(32) if overlap.common.matches(id)} == {
        id for id in range(32) if one.matches(id) and other.matches(id)
    }


@given(st.lists(match, max_size=5))
def test_no_order_of_probing_needs_fewer_groups(matches):
    needed = len(mapping_groups(claim(f"/{number}", match) for number, match in enumerate(matches)))
    registers = [len(taken) for taken, refused in map(probed, permutations(matches)) if not refused]
    if registers:
        assert needed == min(registers)


BOARD = """
/ {
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    one: one-iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; };
    grouped: grouped-iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; stream-match-mask = <0xf>; };
    v3: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    other: other-iommu { compatible = "qcom,msm-iommu-v1"; #iommu-cells = <1>; };
    BODY
};
"""


@pytest.fixture(scope="session")
def shared(tree):
    def literal(body: str):
        board = tree(BOARD.replace("BODY", body))
        return [
            (overlap.first.path, overlap.second.path, overlap.sharing.value, str(overlap.common))
            for overlap in overlaps(stream_claims(board), board.nodes)
        ]

    return literal


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a { iommus = <&smmu 1 0>; }; b { iommus = <&smmu 2 0>; };", []),
        ("a { iommus = <&smmu 1 0>; }; b { iommus = <&v3 1>; };", []),
        ("a { iommus = <&smmu 1 0>, <&smmu 1 0>; };", []),
        ("a { iommus = <&other 1>; }; b { iommus = <&other 1>; };", []),
        ("a { iommus = <&smmu 1 0>; }; b { iommus = <&smmu 1 0>; };", [("/a", "/b", "group", "0x1/0x0")]),
        ("a { iommus = <&smmu 0 3>; }; b { iommus = <&smmu 0 5>; };", [("/a", "/b", "partial", "0x0/0x1")]),
        ("a { iommus = <&v3 1>; }; b { iommus = <&v3 1>; };", [("/a", "/b", "aliased", "0x1/0x0")]),
        (
            "a { iommu-map = <0 &v3 0x100 0x100>; }; b { iommus = <&v3 0x180>; };",
            [("/a", "/b", "aliased", "0x180/0x0")],
        ),
        (  # every ID of a map has a register of its own, so that none is wider than another match
            "a { iommu-map = <0 &one 0 4>; }; b { iommus = <&one 1>; };",
            [("/a", "/b", "group", "0x1/0x0")],
        ),
        (  # the range is 0x1, 0x2-0x3, 0x4-0x5: one overlap, not two
            "a { iommu-map = <0 &one 1 5>; }; b { iommu-map = <0 &one 0 8>; };",
            [("/a", "/b", "group", "0x1/0x0")],
        ),
        (
            "a { iommu-map = <0 &one 1 5>; }; b { iommus = <&one 2>, <&one 1>; }; c { iommus = <&one 3>; };",
            [
                ("/a", "/b", "group", "0x1/0x0"),
                ("/a", "/b", "group", "0x2/0x0"),
                ("/a", "/c", "group", "0x3/0x0"),
            ],
        ),
        (
            "a { iommu-map = <0 &smmu 0 3 1>; }; b { iommus = <&smmu 0 5>; };",
            [("/a", "/b", "partial", "0x0/0x1")],
        ),
        (
            "a { iommu-map = <0 &smmu 0 7 1>; }; b { iommus = <&smmu 1 0>; };",
            [("/a", "/b", "group", "0x1/0x0")],
        ),
        (
            'a { compatible = "qcom,x-pas"; iommus = <&smmu 0 3>; }; b { iommus = <&smmu 0 5>; };',
            [("/a", "/b", "attach", "0x0/0x1")],
        ),
        (
            "a { iommus = <&v3 1>; wifi-firmware { iommus = <&v3 1>; }; };",
            [("/a", "/a/wifi-firmware", "attach", "0x1/0x0")],
        ),
    ],
)
def test_overlaps(shared, body, expected):
    assert shared(body) == expected


def test_a_group_is_what_shares_a_stream_directly_or_not(tree):
    board = tree(
        BOARD.replace(
            "BODY",
            "a { iommus = <&smmu 1 0>; }; b { iommus = <&smmu 1 0>, <&smmu 2 0>; }; "
            "c { iommus = <&smmu 9 0>; }; d { iommus = <&smmu 9 0>; }; "
            "e { iommus = <&smmu 2 0>, <&smmu 3 0>; }; f { iommus = <&smmu 3 0>; };",
        )
    )
    found = [
        sorted({claim.path for overlap in group for claim in (overlap.first, overlap.second)})
        for group in groups(overlaps(stream_claims(board), board.nodes))
    ]
    assert sorted(found) == [["/a", "/b", "/e", "/f"], ["/c", "/d"]]


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("a { iommus = <&smmu 1 0>; }; b { iommus = <&smmu 1 0>; };", 1),
        ("a { iommus = <&smmu 1 0>; }; b { iommus = <&smmu 0 3>; };", 1),
        ("a { iommus = <&smmu 0 3>; }; b { iommus = <&smmu 0 5>; };", 2),
        ("a { iommu-map = <0 &one 0 0x100>, <0x100 &one 0x100 1>; };", 2),
        ("a { iommu-map = <0 &smmu 0 0xff 1>, <1 &smmu 0x10 0 1>; };", 1),
        ("a { iommu-map = <0 &smmu 0x10 1>; }; b { iommus = <&smmu 0x10 3>; };", 1),
        ("a { iommu-map = <0 &one 1 5>; };", 1),
        ("a { iommu-map = <0 &one 0x10 2>; }; b { iommus = <&one 0>; };", 2),
        ("a { iommus = <&smmu 0x10 1>; }; b { iommu-map = <0 &grouped 0 0x10>; };", 2),
        ("", 0),
    ],
)
def test_mapping_groups(tree, body, needed):
    assert len(mapping_groups(stream_claims(tree(BOARD.replace("BODY", body))))) == needed


def test_claims_may_come_one_by_one():
    claims = [claim("/a", StreamMatch(1)), claim("/b", StreamMatch(2))]
    assert mapping_groups(iter(claims)) == mapping_groups(claims) == {StreamMatch(1), StreamMatch(2)}


@pytest.mark.parametrize(
    ("name", "compatible", "alone"),
    [
        ("remoteproc@1", b"qcom,sa8775p-adsp-pas\0", True),
        ("remoteproc@1", b"qcom,qcs8300-adsp-pas\0qcom,sa8775p-adsp-pas\0", True),
        ("remoteproc@1", b"qcom,sdm845-adsp-pil\0", False),
        ("video-firmware", b"", True),
        ("firmware", b"", False),
        ("usb@1", b"qcom,dwc3\0", False),
    ],
)
def test_who_attaches_a_domain_of_its_own(name, compatible, alone):
    assert attaches(Node(name, f"/{name}", {"compatible": Property("compatible", compatible)}, {})) is alone


@pytest.mark.parametrize("few", [0, 64], ids=["one by one", "by tables"])
@given(st.lists(st.builds(StreamMatch, st.integers(0, 15), st.sampled_from([0, 1, 3, 4, 8])), max_size=12))
def test_all_that_intersect_are_found_in_order(few, matches):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "_FEW_MASKS", few)
        found = list(sharing.intersecting(matches))
    pairs = combinations(range(len(matches)), 2)
    assert found == [(a, b) for a, b in pairs if matches[a].intersects(matches[b])]


def test_many_claims_on_one_id_have_an_end():
    """Each is looked for in a table: nobody compares a million pairs."""
    many = [StreamMatch(1 + at % 2, at % 2) for at in range(2000)]
    asked = list(islice(sharing.intersecting(many), sharing.MAX_OVERLAPS))
    assert len(asked) == sharing.MAX_OVERLAPS
    assert list(sharing.intersecting([StreamMatch(at) for at in range(50_000)])) == []
