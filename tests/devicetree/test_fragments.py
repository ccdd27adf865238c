"""Overlays: their fragments and fixups."""

from __future__ import annotations

import pytest

from dtgen.devicetree.fixups import Fixup


def fragment(body: str) -> str:
    return f"/ {{ fragment@0 {{ {body} }}; }};"


def summary(overlay):
    return [(f.path, f.label, f.target_path, f.body and f.body.path) for f in overlay.fragments]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("&soc { x; };", ("/fragment@0", "soc", None, "/fragment@0/__overlay__")),
        ("&{/soc@0} { x; };", ("/fragment@0", None, "/soc@0", "/fragment@0/__overlay__")),
        (
            fragment("target = <1>; __overlay__ { };"),
            ("/fragment@0", None, None, "/fragment@0/__overlay__"),
        ),
        (fragment("target = <&soc>;"), ("/fragment@0", "soc", None, None)),
    ],
)
def test_a_fragment(overlay, source, expected):
    assert summary(overlay(source)) == [expected]


def test_fragments_are_in_the_order_of_the_source(overlay):
    assert [(f.path, f.label) for f in overlay("&soc { x; }; &dsp { y; };").fragments] == [
        ("/fragment@0", "soc"),
        ("/fragment@1", "dsp"),
    ]


def test_fixups_are_by_label_and_count_bytes(overlay):
    assert overlay("&soc { iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>; };").fixups == {
        "soc": (Fixup("/fragment@0", "target", 0),),
        "smmu": (
            Fixup("/fragment@0/__overlay__", "iommus", 0),
            Fixup("/fragment@0/__overlay__", "iommus", 12),
        ),
    }


def test_local_fixups_are_the_references_to_nodes_of_the_overlay(overlay):
    found = overlay("&soc { x = <1 &n>; n: n { y = <&n>; }; };")
    assert found.local_fixups == (
        Fixup("/fragment@0/__overlay__", "x", 4),
        Fixup("/fragment@0/__overlay__/n", "y", 0),
    )


def test_an_overlay_without_references_has_no_fixups(overlay):
    found = overlay("&{/} { x; };")
    assert (found.fixups, found.local_fixups) == ({}, ())


def test_references_are_the_fixups_and_the_local_ones(overlay):
    assert list(overlay("&soc { x = <&n &smmu>; n: n { }; };").references()) == [
        Fixup("/fragment@0", "target", 0),
        Fixup("/fragment@0/__overlay__", "x", 4),
        Fixup("/fragment@0/__overlay__", "x", 0),
    ]
