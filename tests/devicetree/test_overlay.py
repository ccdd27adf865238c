"""Overlays: fragments and fixups, and what keeps one from being applied."""

from __future__ import annotations

import pytest

from dtgen.devicetree.overlay import Fixup, Obstacle, resolve
from dtgen.diagnostics import Finding, Subject

BOARD = """
/ {
    soc: soc@0 { dsp: dsp@1000 { }; uart@2000 { }; };
    apps_smmu: iommu { };
    apps_rsc: rsc { };
};
"""


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


@pytest.mark.parametrize("string", ["/a:x", "/a:x:0:1", ""])
def test_what_is_no_fixup_is_left_out(overlay, string):
    table = f'/ {{ __fixups__ {{ soc = "{string}", "/a:x:4"; }}; }};'
    assert overlay(table).fixups == {"soc": (Fixup("/a", "x", 4),)}


def obstacles(tree, overlay, source: str, base: str = BOARD) -> list[Obstacle]:
    return resolve(overlay(source), tree(base))[1]


def obstacle(rule: str, path: str, prop: str | None, message: str, help: str = "") -> Obstacle:
    return Obstacle(rule, Finding(Subject(path, prop), message, help))


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("&dsp { x; };", {"/fragment@0": "/soc@0/dsp@1000"}),
        ("&{/soc@0} { x; };", {"/fragment@0": "/soc@0"}),
        ("&{/} { x; };", {"/fragment@0": "/"}),
        ("&dsp { x; }; &dsp { y; };", {"/fragment@0": "/soc@0/dsp@1000", "/fragment@1": "/soc@0/dsp@1000"}),
    ],
)
def test_an_overlay_that_fits_has_a_target_for_every_fragment(tree, overlay, source, targets):
    assert resolve(overlay(source), tree(BOARD)) == (targets, [])


@pytest.mark.parametrize(
    ("label", "help"),
    [
        ("dspp", "did you mean dsp?"),
        ("apps_smu", "did you mean apps_smmu or apps_rsc?"),
        ("zzz", "the base has no label of the overlay: is it for another SoC?"),
    ],
)
def test_an_unknown_label(tree, overlay, label, help):
    assert obstacles(tree, overlay, f"&{label} {{ x; }};") == [
        obstacle("unknown-label", "/fragment@0", "target", f"base test.dtb has no label {label}", help)
    ]


def test_an_unknown_label_among_known_ones(tree, overlay):
    assert obstacles(tree, overlay, "&soc { clocks = <&zzz>; };") == [
        obstacle(
            "unknown-label",
            "/fragment@0/__overlay__",
            "clocks",
            "base test.dtb has no label zzz",
            "look for the node's label in the base's sources; a board may have deleted the node",
        )
    ]


def test_an_unknown_label_is_told_once_at_its_first_use(tree, overlay):
    assert obstacles(tree, overlay, "&soc { x = <&zzz>; y = <&zzz>; };") == [
        obstacle(
            "unknown-label",
            "/fragment@0/__overlay__",
            "x",
            "base test.dtb has no label zzz",
            "look for the node's label in the base's sources; a board may have deleted the node",
        )
    ]


def test_a_base_without_any_label(tree, overlay):
    assert obstacles(tree, overlay, "&soc { x = <&dsp>; };", "/ { soc { }; };") == [
        obstacle(
            "unknown-label",
            "/fragment@0",
            "target",
            "base test.dtb has no labels at all (no __symbols__), and the overlay needs 2",
            "compile the base with `dtc -@`, in a kernel tree with `make DTC_FLAGS=-@`",
        )
    ]


def test_an_overlay_of_paths_fits_a_base_without_labels(tree, overlay):
    assert resolve(overlay("&{/soc} { x; };"), tree("/ { soc { }; };")) == ({"/fragment@0": "/soc"}, [])


@pytest.mark.parametrize("source", ["&gone { x; };", "&soc { x = <&gone>; };"])
def test_a_symbol_whose_node_is_gone_is_an_obstacle_that_names_it(tree, overlay, source):
    stale = '/ { soc: soc { }; __symbols__ { gone = "/soc/gone"; }; };'
    assert ["gone" in found.finding.message for found in obstacles(tree, overlay, source, stale)] == [True]


@pytest.mark.parametrize("source", ["", "/ { };"])
def test_an_overlay_without_fragments(tree, overlay, source):
    assert obstacles(tree, overlay, source or "/ { __fixups__ { }; };") == [
        obstacle("empty-overlay", "/", None, "the overlay has no fragment: there is nothing to apply")
    ]


def test_a_fragment_without_a_body(tree, overlay):
    assert obstacles(tree, overlay, fragment("target = <&soc>;")) == [
        obstacle(
            "fragment-target",
            "/fragment@0",
            None,
            "the fragment has no __overlay__: libfdt would skip it silently",
        )
    ]


@pytest.mark.parametrize("target", ["", "target = <1>;"])
def test_a_fragment_without_a_target(tree, overlay, target):
    assert obstacles(tree, overlay, fragment(f"{target} __overlay__ {{ x; }};")) == [
        obstacle("fragment-target", "/fragment@0", None, "the fragment has no target that can be resolved")
    ]


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("/soc@0/dsp@100", "/soc@0 exists; did you mean its child dsp@1000?"),
        ("/soc@1/dsp@1000", "/ exists; did you mean its child soc@0?"),
        ("/soc@0/zzz/y", "/soc@0 exists"),
        ("/zzz", "/ exists"),
    ],
)
def test_a_target_path_that_is_not_there(tree, overlay, path, help):
    assert obstacles(tree, overlay, f"&{{{path}}} {{ x; }};") == [
        obstacle("fragment-target", "/fragment@0", "target-path", f"base test.dtb has no node {path}", help)
    ]


def test_every_obstacle_is_told(tree, overlay):
    found = obstacles(tree, overlay, "&yyy { x; }; &zzz { x; }; &{/none} { x; };")
    assert [(o.rule, o.finding.message) for o in found] == [
        ("unknown-label", "base test.dtb has no label yyy"),
        ("unknown-label", "base test.dtb has no label zzz"),
        ("fragment-target", "base test.dtb has no node /none"),
    ]


def test_the_overlay_of_linux_for_el2_fits_its_board(compiled):
    from dtgen.devicetree import blob
    from dtgen.devicetree.overlay import Overlay

    board = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    el2 = Overlay.of(blob.read(compiled("lemans-el2.dtso"), "lemans-el2.dtbo"))
    targets, found = resolve(el2, board)
    assert found == []
    assert list(targets) == [fragment.path for fragment in el2.fragments]
