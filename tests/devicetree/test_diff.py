"""What changed between two trees."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.diff import Change, Kind, changes

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
        ("0x10>", "0x20>", Change(Kind.CHANGED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", "<0x1000 0x20>")),
        ("reg = <0x1000 0x10>;", "", Change(Kind.REMOVED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", "")),
        ("soc {", "soc { dma-coherent;", Change(Kind.ADDED, "/soc", "/soc", "dma-coherent", "", "")),
        ("soc {", 'soc { x = "a";', Change(Kind.ADDED, "/soc", "/soc", "x", "", '"a"')),
        ("soc {", "soc { clocks = <&clk 7>;", Change(Kind.ADDED, "/soc", "/soc", "clocks", "", "<&clk 0x7>")),
        ("/ {", "/ { x;", Change(Kind.ADDED, "/", "/", "x", "", "")),
        ("soc {", "soc { n { };", Change(Kind.ADDED, "/soc/n", "/soc/n", None, "", "")),
        ("soc {", "soc { n: n { };", Change(Kind.ADDED, "/soc/n", "&n", None, "", "")),
    ],
)
def test_one_change(changed, before, after, change):
    assert changed(before, after) == [change]


def test_a_removed_node_has_the_name_that_it_had(changed):
    assert changed("dsp: dsp { reg = <0x1000 0x10>; };", "") == [
        Change(Kind.REMOVED, "/soc/dsp", "&dsp", None, "", "")
    ]


def test_the_children_of_a_removed_node_are_not_listed(changed):
    assert changed("soc { dsp: dsp { reg = <0x1000 0x10>; }; };", "") == [
        Change(Kind.REMOVED, "/soc", "/soc", None, "", "")
    ]


def test_the_children_and_properties_of_an_added_node_are_listed(changed):
    assert changed("soc {", "soc { n { x = <1>; m { y; }; };") == [
        Change(Kind.ADDED, "/soc/n", "/soc/n", None, "", ""),
        Change(Kind.ADDED, "/soc/n", "/soc/n", "x", "", "<0x1>"),
        Change(Kind.ADDED, "/soc/n/m", "/soc/n/m", None, "", ""),
        Change(Kind.ADDED, "/soc/n/m", "/soc/n/m", "y", "", ""),
    ]


def test_phandles_are_left_out(changed):
    assert changed("phandle = <1>", "phandle = <9>") == []


def test_a_property_that_loses_its_value_is_changed(changed):
    assert changed("reg = <0x1000 0x10>", "reg") == [
        Change(Kind.CHANGED, "/soc/dsp", "&dsp", "reg", "<0x1000 0x10>", "")
    ]


def test_changes_are_by_path_and_then_by_name(changed):
    found = changed("clk: clock", "a; b { z; y; }; clk: clock")
    assert [(change.path, change.property) for change in found] == [
        ("/", "a"), ("/b", None), ("/b", "y"), ("/b", "z"),
    ]  # fmt: skip


def test_what_an_overlay_changes(dtb, dtbo, tree):
    merged = blob.read(blob.apply(dtb(OLD), dtbo("&dsp { clocks = <&clk 7>; n { }; };")), "merged")
    assert list(changes(tree(OLD), merged)) == [
        Change(Kind.ADDED, "/soc/dsp", "&dsp", "clocks", "", "<&clk 0x7>"),
        Change(Kind.ADDED, "/soc/dsp/n", "/soc/dsp/n", None, "", ""),
    ]


def test_a_reference_whose_number_alone_changed_is_no_change(tree):
    literal = "/ {{ clk: clock {{ #clock-cells = <0>; phandle = <{}>; }}; a {{ clocks = <&clk>; }}; }};"
    assert list(changes(tree(literal.format(1)), tree(literal.format(2)))) == []
