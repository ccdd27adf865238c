"""What an overlay means, as the dtc project publishes it: each case is a base, overlays and the outcome."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Subject
from dtgen.overlay.merge import merge

BASE = """
/ {
    node: test-node { number = <43>; text = "old"; inner: sub-node { flag; }; };
    other: other-node { user = <&node>; };
};
"""


@pytest.fixture(scope="session")
def applied(dtb, dtbo):
    """The tree after all overlays, in order."""

    def apply(base: str, *overlays: str) -> Tree:
        data = dtb(base)
        tree = blob.read(data, "base.dtb")
        for source in overlays:
            layer = dtbo(source)
            step = merge(tree, data, Overlay.of(blob.read(layer, "test.dtbo")), layer)
            tree, data = step.tree, step.blob
        return tree

    return apply


def led_to(tree: Tree, path: str, prop: str) -> list[str]:
    """The nodes that the cells of a property are the phandles of."""
    return [tree.by_phandle[cell].path for cell in tree.nodes[path].properties[prop].cells]


def values(tree: Tree, path: str) -> dict[str, bytes]:
    return {
        name: prop.value for name, prop in tree.nodes[path].properties.items() if not name.endswith("phandle")
    }


@pytest.mark.parametrize("target", ["&node", "&{/test-node}"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("new = <7>;", {"number": b"\0\0\0\x2b", "text": b"old\0", "new": b"\0\0\0\x07"}),
        ("flag;", {"number": b"\0\0\0\x2b", "text": b"old\0", "flag": b""}),
        ("number = <44>;", {"number": b"\0\0\0\x2c", "text": b"old\0"}),
        (
            'text = "much longer than it was";',
            {"number": b"\0\0\0\x2b", "text": b"much longer than it was\0"},
        ),
        ('text = "n";', {"number": b"\0\0\0\x2b", "text": b"n\0"}),
        ("text;", {"number": b"\0\0\0\x2b", "text": b""}),
        ("number = <43 44>;", {"number": b"\0\0\0\x2b\0\0\0\x2c", "text": b"old\0"}),
        ("", {"number": b"\0\0\0\x2b", "text": b"old\0"}),
    ],
)
def test_properties_are_added_and_replaced(applied, target, body, expected):
    assert values(applied(BASE, f"{target} {{ {body} }};"), "/test-node") == expected


def test_the_root_node_is_a_target(applied):
    assert values(applied(BASE, "&{/} { new = [01]; };"), "/") == {"new": b"\x01"}


def test_a_node_is_added(applied):
    tree = applied(BASE, "&node { fresh { new = [01]; }; };")
    assert list(tree.nodes["/test-node"].children) == ["fresh", "sub-node"]
    assert values(tree, "/test-node/fresh") == {"new": b"\x01"}


def test_a_node_that_exists_is_extended(applied):
    tree = applied(BASE, "&node { sub-node { new = [01]; below { }; }; };")
    assert values(tree, "/test-node/sub-node") == {"flag": b"", "new": b"\x01"}
    assert list(tree.nodes["/test-node/sub-node"].children) == ["below"]


def test_a_node_of_an_earlier_fragment_is_extended(applied):
    tree = applied(BASE, "&node { fresh { a = [01]; }; }; &{/test-node} { fresh { b = [02]; below { }; }; };")
    assert values(tree, "/test-node/fresh") == {"a": b"\x01", "b": b"\x02"}
    assert list(tree.nodes["/test-node/fresh"].children) == ["below"]


def test_a_node_that_two_fragments_add_keeps_the_references_of_both(applied):
    tree = applied(
        BASE,
        "&{/} { fresh: fresh { }; user { one = <&fresh>; }; }; &{/} { user { two = <&fresh &node>; }; };",
    )
    assert led_to(tree, "/user", "one") == ["/fresh"]
    assert led_to(tree, "/user", "two") == ["/fresh", "/test-node"]


def test_a_reference_to_the_base(applied):
    tree = applied(BASE, "&other { ref = <&node &inner>; };")
    assert led_to(tree, "/other-node", "ref") == ["/test-node", "/test-node/sub-node"]


def test_references_between_numbers_and_in_a_second_place(applied):
    tree = applied(BASE, "&other { ref = <5 &node 6>, <&inner>; again = <&node>; };")
    first, node, third, inner = tree.nodes["/other-node"].properties["ref"].cells
    assert (first, third) == (5, 6)
    assert [tree.by_phandle[cell].path for cell in (node, inner)] == ["/test-node", "/test-node/sub-node"]
    assert led_to(tree, "/other-node", "again") == ["/test-node"]


def test_a_reference_within_the_overlay(applied):
    tree = applied(BASE, "&node { a: a { to = <&b>; }; b: b { to = <&a>; deep { to = <&a &b>; }; }; };")
    assert led_to(tree, "/test-node/a", "to") == ["/test-node/b"]
    assert led_to(tree, "/test-node/b", "to") == ["/test-node/a"]
    assert led_to(tree, "/test-node/b/deep", "to") == ["/test-node/a", "/test-node/b"]


def test_a_reference_from_one_fragment_to_another(applied):
    tree = applied(BASE, "&node { a: a { }; }; &other { to = <&a>; };")
    assert led_to(tree, "/other-node", "to") == ["/test-node/a"]


def test_a_property_of_bytes_that_look_like_a_phandle_is_left_alone(applied):
    tree = applied(BASE, "&node { to = <&a>; number = <1>; a: a { }; };")
    assert tree.nodes["/test-node"].cell("number") == 1


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (0x40, 1), (1, 0x40), (0x40, 0x40), (0xFFFF, 0xFFFF)])
def test_phandles_of_the_overlay_are_renumbered_above_the_bases(applied, ours, theirs):
    tree = applied(
        f"/ {{ a: a {{ phandle = <{ours}>; }}; user {{ to = <&a>; }}; }};",
        f"&a {{ to = <&b>; back = <&a>; b: b {{ phandle = <{theirs}>; }}; }};",
    )
    assert tree.nodes["/a"].cell("phandle") == ours
    assert tree.nodes["/a/b"].cell("phandle") == ours + theirs
    assert led_to(tree, "/user", "to") == ["/a"]
    assert led_to(tree, "/a", "to") == ["/a/b"]
    assert led_to(tree, "/a", "back") == ["/a"]


def test_no_two_nodes_of_a_stack_have_one_phandle(applied):
    tree = applied(
        BASE,
        "&node { a: a { }; b: b { to = <&a>; }; };",
        "&other { c: c { }; d: d { to = <&c>; }; };",
        "&a { e: e { to = <&b &c &d &node>; }; };",
    )
    phandles = [node.cell("phandle") for node in tree.nodes.values() if "phandle" in node.properties]
    assert len(phandles) == len(set(phandles)) == 8
    assert led_to(tree, "/test-node/a/e", "to") == [
        "/test-node/b", "/other-node/c", "/other-node/d", "/test-node",
    ]  # fmt: skip


def test_a_second_overlay_targets_a_label_of_the_first(applied):
    tree = applied(BASE, "&node { fresh: fresh { }; };", "&fresh { new = [01]; };")
    assert values(tree, "/test-node/fresh") == {"new": b"\x01"}


def test_a_second_overlay_refers_to_a_label_of_the_first(applied):
    tree = applied(BASE, "&node { fresh: fresh { }; };", "&other { to = <&fresh>; };")
    assert led_to(tree, "/other-node", "to") == ["/test-node/fresh"]


def test_a_second_overlay_replaces_what_the_first_wrote(applied):
    tree = applied(BASE, "&node { number = <1>; };", "&node { number = <2>; };")
    assert tree.nodes["/test-node"].cell("number") == 2


def test_symbols_of_the_overlay_are_those_of_the_merged_tree_too(applied):
    tree = applied(BASE, "&inner { a: a { b: b { }; }; }; &{/} { c: c { }; };")
    assert tree.symbols == {
        "node": "/test-node",
        "inner": "/test-node/sub-node",
        "other": "/other-node",
        "a": "/test-node/sub-node/a",
        "b": "/test-node/sub-node/a/b",
        "c": "/c",
    }


def test_a_label_of_the_overlay_takes_the_place_of_the_bases(applied):
    tree = applied(BASE, "&other { inner: mine { }; };")
    assert tree.symbols["inner"] == "/other-node/mine"


def test_symbols_come_to_a_base_that_has_none(applied):
    tree = applied("/ { soc { }; };", "&{/soc} { a: a { }; };", "&a { new = [01]; };")
    assert tree.symbols == {"a": "/soc/a"}
    assert values(tree, "/soc/a") == {"new": b"\x01"}


@pytest.mark.parametrize("phandle", ["", "phandle = <0x40>;"])
def test_a_label_on_a_node_of_the_base_keeps_its_phandle(applied, phandle):
    base = f"/ {{ node: node {{ sub: sub {{ {phandle} }}; }}; user {{ to = <&sub>; }}; }};"
    before = applied(base).nodes["/node/sub"].cell("phandle")
    tree = applied(base, "&node { mine: sub { x = <&mine>; }; fresh: fresh { x = <&mine &fresh>; }; };")
    assert tree.nodes["/node/sub"].cell("phandle") == before
    assert led_to(tree, "/user", "to") == ["/node/sub"]
    assert led_to(tree, "/node/sub", "x") == ["/node/sub"]
    assert led_to(tree, "/node/fresh", "x") == ["/node/sub", "/node/fresh"]
    assert tree.symbols["mine"] == "/node/sub"


def test_two_labels_on_nodes_of_the_base_keep_both_phandles(applied):
    base = "/ { n: n { a: a { phandle = <8>; }; b: b { phandle = <9>; }; }; user { to = <&a &b>; }; };"
    tree = applied(base, "&n { x: b { to = <&y>; }; y: a { to = <&x>; }; };")
    assert [tree.nodes[path].cell("phandle") for path in ("/n/a", "/n/b")] == [8, 9]
    assert led_to(tree, "/user", "to") == ["/n/a", "/n/b"]
    assert led_to(tree, "/n/b", "to") == ["/n/a"]
    assert led_to(tree, "/n/a", "to") == ["/n/b"]


@pytest.mark.parametrize(
    ("name", "changed"),
    [("uart", "/soc/uart@1000"), ("uart@1000", "/soc/uart@1000"), ("uart@2000", "/soc/uart@2000")],
)
def test_a_name_without_unit_address_is_the_first_node_of_that_name(applied, name, changed):
    tree = applied("/ { soc: soc { uart@1000 { }; uart@2000 { }; }; };", f"&soc {{ {name} {{ x; }}; }};")
    assert list(tree.nodes["/soc"].children) == ["uart@1000", "uart@2000"]
    assert [path for path, node in tree.nodes.items() if "x" in node.properties] == [changed]


@pytest.mark.parametrize("name", ["uar", "uart@100", "uart@10000", "uart-x"])
def test_another_name_is_another_node(applied, name):
    tree = applied("/ { soc: soc { uart@1000 { }; }; };", f"&soc {{ {name} {{ x; }}; }};")
    assert set(tree.nodes["/soc"].children) == {"uart@1000", name}


def test_a_delete_in_an_overlay_does_nothing(applied):
    tree = applied(BASE, "&node { /delete-property/ number; /delete-node/ sub-node; };")
    assert values(tree, "/test-node") == {"number": b"\0\0\0\x2b", "text": b"old\0"}
    assert list(tree.nodes["/test-node"].children) == ["sub-node"]


def test_a_fragment_that_is_written_out(applied):
    tree = applied(
        BASE, '/ { fragment@7 { target = <&node>; __overlay__ { a; }; }; x { target-path = "/other-node"; __overlay__ { b; }; }; };'
    )  # fmt: skip
    assert "a" in tree.nodes["/test-node"].properties
    assert "b" in tree.nodes["/other-node"].properties


@pytest.mark.parametrize(
    "names",
    [
        ("uart@1000", "uart"),
        ("uart", "uart@1000"),
    ],
)
def test_an_origin_is_where_libfdt_has_written(dtb, dtbo, names):
    data, layer = (
        dtb(f"/ {{ soc: soc {{ {names[0]} {{ }}; {names[1]} {{ }}; }}; }};"),
        dtbo("&soc { uart { x; }; };"),
    )
    result = merge(blob.read(data, "b"), data, Overlay.of(blob.read(layer, "o")), layer)
    written = [path for path, node in result.tree.nodes.items() if "x" in node.properties]
    assert [s.path for s in result.origins if s.property == "x"] == written


def test_a_label_below_a_fuzzy_name_can_be_a_target(applied):
    tree = applied("/ { soc: soc { uart@1000 { }; }; };", "&soc { mine: uart { }; };", "&mine { x; };")
    assert "x" in tree.nodes["/soc/uart@1000"].properties


def test_subjects_of_origins_are_of_the_merged_tree(dtb, dtbo):
    data, layer = dtb("/ { soc: soc { uart@1000 { }; }; };"), dtbo("&soc { uart { x; n { y; }; }; };")
    result = merge(blob.read(data, "b"), data, Overlay.of(blob.read(layer, "o")), layer)
    body = "/fragment@0/__overlay__"
    assert result.origins == {
        Subject("/soc"): Subject(body),
        Subject("/soc/uart@1000"): Subject(f"{body}/uart"),
        Subject("/soc/uart@1000", "x"): Subject(f"{body}/uart", "x"),
        Subject("/soc/uart@1000/n"): Subject(f"{body}/uart/n"),
        Subject("/soc/uart@1000/n", "y"): Subject(f"{body}/uart/n", "y"),
    }
