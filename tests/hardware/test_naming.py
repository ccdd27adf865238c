"""What messages call things."""

from __future__ import annotations

import pytest

from dtgen.hardware.iommu import stream_claims
from dtgen.hardware.naming import claimant, claimed, listed


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/dsp", "adsp"),
        ("/bus", "/bus"),
        ("/bus/a", "/bus/a"),
        ("/bus/a/b", "/bus/…/b"),
        ("/bus/a/b/c", "/bus/…/c"),
    ],
)
def test_a_claimant_is_its_label_or_its_path_without_the_middle(tree, path, name):
    board = tree("/ { adsp: dsp { }; bus { a { b { c { }; }; }; }; };")
    assert claimant(board, path) == name


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 others"),
    ],
)
def test_many_names_are_counted(names, text):
    assert listed(names) == text


def test_what_is_claimed(tree):
    board = tree("""
        / {
            smmu: iommu { #iommu-cells = <2>; };
            one: one-iommu { #iommu-cells = <1>; };
            dsp: dsp {
                iommus = <&smmu 0x3000 0x1>;
                iommu-map = <0x0 &one 0x40 0x2>, <0x2 &smmu 0x42 0x0 0x1>;
            };
        };""")
    assert [claimed(board, claim) for claim in stream_claims(board)] == [
        "stream 0x3000/0x1 of dsp on &smmu",
        "streams 0x40-0x41 of dsp on &one",
        "stream 0x42/0x0 of dsp on &smmu",
    ]
