"""Streams: which node claims which stream of which SMMU."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node, Property
from dtgen.hardware.iommu import StreamClaim, is_smmu_v2, stream_claims

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
    assert claim == StreamClaim(claim.subject, 1, board.nodes["/iommu"], 0x3007, 7)


def test_claims_are_in_the_order_of_the_tree(tree):
    board = tree(
        "/ { smmu: iommu { #iommu-cells = <1>; }; b { iommus = <&smmu 1>; a { iommus = <&smmu 2>; }; }; "
        "a { iommus = <&smmu 3>; }; };"
    )
    assert [claim.subject.path for claim in stream_claims(board)] == ["/b", "/b/a", "/a"]


def test_a_node_without_iommus_claims_nothing(tree):
    assert list(stream_claims(tree("/ { dsp { }; };"))) == []


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


def test_streams_of_the_gpu_of_a_real_board(compiled):
    board = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    claims = list(stream_claims(board))
    entries = sum(
        len(node.properties["iommus"].value) // 12
        for node in board.nodes.values()
        if "iommus" in node.properties
    )
    assert {claim.smmu.cell("#iommu-cells") for claim in claims} == {2}
    assert len(claims) == entries
