"""What changed between two trees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.devicetree import blob, diff
from dtgen.devicetree.diff import Change, ChangeKind, changes
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Subject
from dtgen.overlay.merge import merge

OLD = """
/ {
    clk: clock { #clock-cells = <1>; phandle = <1>; };
    soc { dsp: dsp { reg = <0x1000 0x10>; }; };
};
"""


@pytest.fixture(scope="session")
def changed(tree):
    """The changes from OLD to the same tree with something replaced."""
    return lambda before, after: list(changes(tree(OLD), tree(OLD.replace(before, after))))


def test_a_tree_has_no_changes_from_itself(changed):
    assert changed("", "") == []


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (
            "0x10>",
            "0x20>",
            Change(ChangeKind.CHANGED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", "<0x1000 0x20>"),
        ),
        (
            "reg = <0x1000 0x10>;",
            "",
            Change(ChangeKind.REMOVED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", ""),
        ),
        ("soc {", "soc { dma-coherent;", Change(ChangeKind.ADDED, "/soc", "/soc", "dma-coherent", "", "")),
        ("soc {", 'soc { x = "a";', Change(ChangeKind.ADDED, "/soc", "/soc", "x", "", '"a"')),
        (
            "soc {",
            "soc { clocks = <&clk 7>;",
            Change(ChangeKind.ADDED, "/soc", "/soc", "clocks", "", "<&clk 0x7>"),
        ),
        ("/ {", "/ { x;", Change(ChangeKind.ADDED, "/", "/", "x", "", "")),
        ("soc {", "soc { n { };", Change(ChangeKind.ADDED, "/soc/n", "/soc/n", None, "", "")),
        ("soc {", "soc { n: n { };", Change(ChangeKind.ADDED, "/soc/n", "&n", None, "", "")),
    ],
)
def test_one_change(changed, before, after, change):
    assert changed(before, after) == [change]


def test_a_removed_node_has_the_name_that_it_had(changed):
    assert changed("dsp: dsp { reg = <0x1000 0x10>; };", "") == [
        Change(ChangeKind.REMOVED, "/soc/dsp", "&dsp", None, "", "")
    ]


def test_the_children_of_a_removed_node_are_not_listed(changed):
    assert changed("soc { dsp: dsp { reg = <0x1000 0x10>; }; };", "") == [
        Change(ChangeKind.REMOVED, "/soc", "/soc", None, "", "")
    ]


def test_the_children_and_properties_of_an_added_node_are_listed(changed):
    assert changed("soc {", "soc { n { x = <1>; m { y; }; };") == [
        Change(ChangeKind.ADDED, "/soc/n", "/soc/n", None, "", ""),
        Change(ChangeKind.ADDED, "/soc/n", "/soc/n", "x", "", "<0x1>"),
        Change(ChangeKind.ADDED, "/soc/n/m", "/soc/n/m", None, "", ""),
        Change(ChangeKind.ADDED, "/soc/n/m", "/soc/n/m", "y", "", ""),
    ]


def test_phandles_are_left_out(changed):
    assert changed("phandle = <1>", "phandle = <9>") == []


def test_a_property_that_loses_its_value_is_changed(changed):
    assert changed("reg = <0x1000 0x10>", "reg") == [
        Change(ChangeKind.CHANGED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", "")
    ]


def test_changes_are_by_path_and_then_by_name(changed):
    found = changed("clk: clock", "a; b { z; y; }; clk: clock")
    assert [(change.path, change.property) for change in found] == [
        ("/", "a"), ("/b", None), ("/b", "y"), ("/b", "z"),
    ]  # fmt: skip


def test_what_an_overlay_changes(dtb, dtbo, tree):
    merged = blob.read(blob.apply(dtb(OLD), dtbo("&dsp { clocks = <&clk 7>; n { }; };")), "merged")
    assert list(changes(tree(OLD), merged)) == [
        Change(ChangeKind.ADDED, "/soc/dsp", "&dsp", "clocks", "", "<&clk 0x7>"),
        Change(ChangeKind.ADDED, "/soc/dsp/n", "/soc/dsp/n", None, "", ""),
    ]


def test_a_reference_whose_number_alone_changed_is_no_change(tree):
    literal = "/ {{ clk: clock {{ #clock-cells = <0>; phandle = <{}>; }}; a {{ clocks = <&clk>; }}; }};"
    assert list(changes(tree(literal.format(1)), tree(literal.format(2)))) == []


@pytest.mark.parametrize(
    ("before", "after", "then", "now"),
    [
        ("", "/memreserve/ 0x80000000 0x1000;", "", "<0x80000000 0x1000>"),
        ("/memreserve/ 0x80000000 0x1000;", "", "<0x80000000 0x1000>", ""),
        ("/memreserve/ 0x1000 0x10;", "/memreserve/ 0x1000 0x20;", "<0x1000 0x10>", "<0x1000 0x20>"),
        (
            "/memreserve/ 0x1000 0x10;",
            "/memreserve/ 0x1000 0x10; /memreserve/ 0x800000000 0x10;",
            "<0x1000 0x10>",
            "<0x1000 0x10>, <0x800000000 0x10>",
        ),
    ],
)
def test_reservations(tree, before, after, then, now):
    assert list(changes(tree(f"{before} / {{ }};"), tree(f"{after} / {{ }};"))) == [
        Change(ChangeKind.CHANGED, "/", "/", "/memreserve/", then, now)
    ]


def test_equal_reservations_are_no_change(tree):
    source = "/memreserve/ 0x1000 0x10; / { };"
    assert list(changes(tree(source), tree(source))) == []


def test_reservations_come_first(tree):
    found = list(changes(tree("/ { };"), tree("/memreserve/ 0x1000 0x10; / { a; b { }; };")))
    assert [change.property for change in found] == ["/memreserve/", "a", None]


PROVIDERS = """
/ {{
    #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;
    clk: clock {{ #clock-cells = <1>; phandle = <{}>; }};
    smmu: iommu {{ #iommu-cells = <2>; phandle = <{}>; }};
    gic: interrupts {{ #interrupt-cells = <3>; #address-cells = <0>; phandle = <{}>; }};
    tlmm: pinctrl {{ #gpio-cells = <2>; #interrupt-cells = <2>; phandle = <{}>; }};
    vdd: regulator {{ phandle = <{}>; }};
    user {{ #address-cells = <1>; #interrupt-cells = <1>; {} }};
}};
"""
REFERENCES = [
    "clocks = <&clk 1>, <&clk 2>;",
    "assigned-clock-parents = <&clk 1>, <0>, <&clk 2>;",
    "iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>;",
    "reset-gpios = <&tlmm 1 2>, <&tlmm 3 4>;",
    "cs-gpios = <0>, <&tlmm 3 4>;",
    "gpio = <&tlmm 1 2>;",
    "vdd-supply = <&vdd>;",
    "pinctrl-0 = <&vdd &tlmm>;",
    "memory-region = <&vdd>;",
    "interrupts-extended = <&tlmm 1 2>, <&gic 0 5 4>;",
    "interrupt-map = <0 1 &gic 0 9 4>, <0 2 &gic 0 8 4>;",
    "iommu-map = <0x0 &smmu 0x1400 0x0 0x1>, <0x100 &smmu 0x1401 0x0 0x1>;",
    "msi-map = <0x0 &gic 0x1400 0x1>;",
    "interrupts = <0 5 4>; interrupt-parent = <&gic>;",
]
NUMBERS = (1, 2, 3, 4, 5)


@pytest.mark.parametrize("numbers", [(5, 4, 2, 3, 1), (2, 3, 4, 5, 1), (0x11, 0x12, 0x13, 0x14, 0x15)])
@pytest.mark.parametrize("body", REFERENCES)
def test_renumbered_phandles_are_no_change(tree, body, numbers):
    old, new = (tree(PROVIDERS.format(*phandles, body)) for phandles in (NUMBERS, numbers))
    assert old.nodes["/user"].properties != new.nodes["/user"].properties
    assert list(changes(old, new)) == []
    assert list(changes(new, old)) == []


@settings(max_examples=25)
@given(st.lists(st.integers(1, 0x7FFFFFFF), min_size=5, max_size=5, unique=True))
def test_any_numbers_of_the_phandles_are_no_change(tree, numbers):
    body = " ".join(REFERENCES)
    assert list(changes(tree(PROVIDERS.format(*NUMBERS, body)), tree(PROVIDERS.format(*numbers, body)))) == []


def test_equal_cells_that_lead_elsewhere_are_a_change(tree):
    old = tree(PROVIDERS.format(*NUMBERS, "vdd-supply = <5>;"))
    new = tree(PROVIDERS.format(1, 2, 3, 5, 4, "vdd-supply = <5>;"))
    assert list(changes(old, new)) == [
        Change(ChangeKind.CHANGED, "/user", "/user", "vdd-supply", "<&vdd>", "<&tlmm>")
    ]


def test_among_renumbered_phandles_a_real_change_alone_is_told(tree):
    old = tree(PROVIDERS.format(*NUMBERS, "iommus = <&smmu 1 2>; clocks = <&clk 1>;"))
    new = tree(PROVIDERS.format(5, 4, 3, 2, 1, "iommus = <&smmu 1 3>; clocks = <&clk 1>;"))
    assert list(changes(old, new)) == [
        Change(ChangeKind.CHANGED, "/user", "/user", "iommus", "<&smmu 0x1 0x2>", "<&smmu 0x1 0x3>")
    ]


@pytest.mark.parametrize(
    ("body", "prop", "text"),
    [
        ("clocks = <&clk 1 &clk 2>;", "clocks", "<&clk 0x1>, <&clk 0x2>"),
        ("iommus = <&smmu 1 2 &smmu 3 4>;", "iommus", "<&smmu 0x1 0x2>, <&smmu 0x3 0x4>"),
        ("reg = <0 1 0 2 0 3 0 4>;", "reg", "<0x0 0x1 0x0 0x2>, <0x0 0x3 0x0 0x4>"),
        ("interrupts = <0 5 4 0 6 4>;", "interrupts", "<0x0 0x5 0x4>, <0x0 0x6 0x4>"),
        ("interrupt-map = <0 1 &gic 0 9 4 0 2 &gic 0 8 4>;", "interrupt-map", "<0x0 0x1 &gic 0x0 0x9 0x4>, <0x0 0x2 &gic 0x0 0x8 0x4>"),
        ("iommu-map = <0 &smmu 1 1 2 &smmu 2 1>;", "iommu-map", "<0x0 &smmu 0x1 0x1>, <0x2 &smmu 0x2 0x1>"),
        ("reset-gpios = <&tlmm 1 2 &tlmm 3 4>;", "reset-gpios", "<&tlmm 0x1 0x2>, <&tlmm 0x3 0x4>"),
        ("vdd-supply = <&vdd>;", "vdd-supply", "<&vdd>"),
        ("unknown = <1 2>;", "unknown", "<0x1 0x2>"),
        ('names = "a", "b";', "names", '"a", "b"'),
    ],
)  # fmt: skip
def test_cells_are_grouped(tree, body, prop, text):
    old, new = (tree(PROVIDERS.format(*NUMBERS, more)) for more in ("", body))
    assert list(changes(old, new)) == [Change(ChangeKind.ADDED, "/user", "/user", prop, "", text)]
    assert list(changes(new, old)) == [Change(ChangeKind.REMOVED, "/user", "/user", prop, text, "")]


def test_a_label_that_is_added_is_no_change(tree):
    assert list(changes(tree("/ { a { }; };"), tree("/ { a: a { }; };"))) == []


def test_a_reference_to_a_node_that_another_replaced(tree):
    literal = "/ {{ {0}: {0} {{ }}; a {{ vdd-supply = <&{0}>; }}; }};"
    assert list(changes(tree(literal.format("x")), tree(literal.format("y")))) == [
        Change(ChangeKind.CHANGED, "/a", "/a", "vdd-supply", "<&x>", "<&y>"),
        Change(ChangeKind.REMOVED, "/x", "&x", None, "", ""),
        Change(ChangeKind.ADDED, "/y", "&y", None, "", ""),
    ]


def test_a_real_board_with_its_overlay_and_back(compiled):
    data = compiled("lemans-evk.dts")
    board = blob.read(data, "board")
    merged = blob.read(blob.apply(data, compiled("lemans-el2.dtso")), "merged")
    assert list(changes(board, board)) == []
    there, back = list(changes(board, merged)), list(changes(merged, board))
    assert there
    assert {(c.path, c.property) for c in back} <= {(c.path, c.property) for c in there}
    # symbols make names alone
    assert [c.path for c in changes(blob.read(blob.without_symbols(data), "bare"), merged)] == [
        c.path for c in there
    ]


def test_labels_of_either_tree_are_used(dtb):
    from dtgen.devicetree import blob

    data = dtb("/ { clk: clock { #clock-cells = <0>; phandle = <1>; }; dev: dev { clocks = <&clk>; }; };")
    other = dtb(
        "/ { clk: clock { #clock-cells = <0>; phandle = <1>; }; dev: dev { clocks = <&clk &clk>; }; };"
    )
    bare = blob.read(blob.without_symbols(other), "bare")
    (change,) = changes(blob.read(data, "full"), bare)
    assert (change.name, change.old, change.new) == ("&dev", "<&clk>", "<&clk>, <&clk>")


def test_a_place_has_changed_where_it_is_among_the_changes(compiled):
    """Of all that an overlay writes; one place is asked without going through both trees."""
    for name, overlay in (("lemans-evk", "lemans-el2"), ("x1e80100-crd", "x1-el2")):
        data, el2 = compiled(f"{name}.dts"), compiled(f"{overlay}.dtso")
        base = blob.read(data, "base.dtb")
        merged = merge(base, data, Overlay.of(blob.read(el2, "el2.dtbo")), el2)
        told = {Subject(change.path, change.property) for change in changes(base, merged.tree)}
        assert {
            p for p in merged.origins if diff.changed(base, merged.tree, p)
        } == told & merged.origins.keys()
        assert told & merged.origins.keys()
