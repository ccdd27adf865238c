"""Tree, Node, Property: what they say of a literal tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree.tree import Node, Property, Tree

BOARD = """
/ {
    compatible = "vendor,board", "vendor,soc";
    soc: soc@0 {
        first: second: uart@1000 { status = "disabled"; #size = <7 8>; };
    };
    memory { };
};
"""

words = st.binary(max_size=64)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)


def test_nodes_are_by_path_parents_first_without_those_of_dtc(tree):
    assert list(tree(BOARD).nodes) == ["/", "/soc@0", "/soc@0/uart@1000", "/memory"]


def test_symbols_stay_below_the_root_node(tree):
    assert list(tree(BOARD).root.children) == ["soc@0", "memory", "__symbols__"]


def test_nodes_of_a_fragment_are_indexed(overlay):
    assert list(overlay("&soc { dsp { }; };").tree.nodes) == [
        "/",
        "/fragment@0",
        "/fragment@0/__overlay__",
        "/fragment@0/__overlay__/dsp",
    ]


def test_symbols_map_label_to_path(tree):
    assert tree(BOARD).symbols == {
        "soc": "/soc@0",
        "first": "/soc@0/uart@1000",
        "second": "/soc@0/uart@1000",
    }


def test_labels_map_a_path_to_its_first_label(tree):
    assert tree(BOARD).labels == {"/soc@0": "soc", "/soc@0/uart@1000": "first"}


def test_a_symbol_without_value_is_no_symbol(tree):
    assert tree("/ { __symbols__ { empty; }; };").symbols == {}


@pytest.mark.parametrize("name", ["phandle", "linux,phandle"])
def test_a_node_is_found_by_phandle(tree, name):
    found = tree(f"/ {{ a {{ {name} = <0x20>; }}; }};").by_phandle
    assert {phandle: node.path for phandle, node in found.items()} == {0x20: "/a"}


def test_a_phandle_shorter_than_a_cell_is_none():
    short = {"phandle": Property("phandle", b"\0\1")}
    assert Tree.of(Node("", "/", short, {}), "f").by_phandle == {}


@pytest.mark.parametrize(
    ("path", "name"), [("/soc@0", "&soc"), ("/memory", "/memory"), ("/nowhere", "/nowhere")]
)
def test_name_of_a_node_is_its_label_or_else_its_path(tree, path, name):
    assert tree(BOARD).name_of(path) == name


@pytest.mark.parametrize(
    ("path", "parents"),
    [("/", []), ("/memory", ["/"]), ("/soc@0/uart@1000", ["/soc@0", "/"])],
)
def test_parents_go_from_the_nearest_to_the_root(tree, path, parents):
    assert [node.path for node in tree(BOARD).parents(path)] == parents


def test_compatible_is_the_string_list(tree):
    assert tree(BOARD).root.compatible == ("vendor,board", "vendor,soc")


def test_compatible_is_empty_where_absent(tree):
    assert tree(BOARD).nodes["/memory"].compatible == ()


@pytest.mark.parametrize(
    ("body", "status"), [("", "okay"), ('status = "disabled";', "disabled"), ("status;", "okay")]
)
def test_status_is_okay_unless_it_says_otherwise(tree, body, status):
    assert tree(f"/ {{ a {{ {body} }}; }};").nodes["/a"].status == status


@pytest.mark.parametrize(("name", "cell"), [("#size", 7), ("status", 0x64697361), ("absent", None)])
def test_cell_is_the_first(tree, name, cell):
    assert tree(BOARD).nodes["/soc@0/uart@1000"].cell(name) == cell


@pytest.mark.parametrize("value", ["", "= [01 02 03]"])
def test_cell_of_less_than_four_bytes_is_none(tree, value):
    assert tree(f"/ {{ x {value}; }};").root.cell("x") is None


def test_walk_gives_parents_before_their_children(tree):
    assert [node.name for node in tree(BOARD).root.walk()] == [
        "",
        "soc@0",
        "uart@1000",
        "memory",
        "__symbols__",
    ]


def test_a_base_is_no_overlay(tree):
    assert not tree(BOARD).is_overlay


def test_an_overlay_is_one(overlay):
    assert overlay("&soc { x; };").tree.is_overlay


@pytest.mark.parametrize(
    ("value", "strings"),
    [
        (b"", ()),
        (b"a\0", ("a",)),
        (b"a\0b\0", ("a", "b")),
        (b"a\0\0", ("a", "")),
        (b"\0", ("",)),
        (b"no end", ("no end",)),
        (b"\xff!\0", ("\\xff!",)),
    ],
)
def test_strings(value, strings):
    assert Property("x", value).strings == strings


@pytest.mark.parametrize(
    "value", [b"", b"\0", b"a", b"\0a\0", b"a\0\0", b"a\0\0b\0", b"\x01\0", b"\xe9\0", b"\0\0\0\1"]
)
def test_is_no_string_list(value):
    assert not Property("x", value).is_strings


@given(words)
def test_cells_are_the_whole_words_of_the_value(value):
    cells = Property("x", value).cells
    assert b"".join(cell.to_bytes(4, "big") for cell in cells) == value[: len(value) // 4 * 4]


@given(words)
def test_strings_never_fail_and_are_one_more_than_the_separators(value):
    strings = Property("x", value).strings
    assert len(strings) == (value.removesuffix(b"\0").count(b"\0") + 1 if value else 0)


@given(st.lists(printable, min_size=1, max_size=5))
def test_printable_strings_come_back(strings):
    prop = Property("x", b"".join(string.encode() + b"\0" for string in strings))
    assert prop.is_strings
    assert prop.strings == tuple(strings)


def test_parents_of_a_path_of_another_tree_are_those_that_are_here(tree):
    here = tree("/ { soc { }; };")
    assert [node.path for node in here.parents("/soc/bus/dev")] == ["/soc", "/"]


@pytest.mark.parametrize(
    ("path", "found"),
    [("/s/dsp", "/s/dsp@1"), ("/s/dsp@2", "/s/dsp@2"), ("/s/x", "/s/x"), ("/s/x@1", None), ("al/x", "/s/x")],
)
def test_a_node_is_found_as_libfdt_finds_it(tree, path, found):
    source = '/ { aliases { al = "/s"; }; s { dsp@1 { }; dsp { }; dsp@2 { }; x { }; }; };'
    node = tree(source).find(path)
    assert (node.path if node else None) == found
