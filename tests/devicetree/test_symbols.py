"""Labels for a base that has none, from trees that have them."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.symbols import Borrowed, borrow, disagreement
from dtgen.devicetree.tree import Tree

BASE = """
/ {
    soc { dsp { compatible = "acme,dsp-v2", "acme,dsp"; reg = <1 2>; }; plain { }; };
};
"""
SIBLING = """
/ {
    soc: soc {
        dsp: dsp { compatible = "acme,dsp-v3", "acme,dsp"; reg = <1 2>; };
        plain: plain { };
        gone: gone { };
    };
};
"""


@pytest.fixture(scope="session")
def named(dtb):
    """A literal tree that messages call by this name."""

    def read(file: str, source: str) -> Tree:
        return blob.read(dtb(source), file)

    return read


@pytest.fixture(scope="session")
def borrowed(named):
    """What BASE gets of these labels from these trees."""

    def look_up(labels: list[str], *sources: str) -> Borrowed:
        trees = [named(f"{n}.dtb", source) for n, source in enumerate(sources)]
        return borrow(named("base.dtb", BASE), labels, trees)

    return look_up


def test_labels_are_taken_where_the_nodes_agree(borrowed):
    assert borrowed(["dsp", "plain", "soc"], SIBLING) == Borrowed(
        {"dsp": "/soc/dsp", "plain": "/soc/plain", "soc": "/soc"},
        {"dsp": "0.dtb", "plain": "0.dtb", "soc": "0.dtb"},
        {},
    )


def test_only_what_is_wanted_is_taken(borrowed):
    assert borrowed(["plain"], SIBLING).paths == {"plain": "/soc/plain"}
    assert borrowed([], SIBLING) == Borrowed({}, {}, {})


def test_labels_are_in_the_order_in_which_they_were_wanted(borrowed):
    assert list(borrowed(["soc", "dsp", "plain"], SIBLING).paths) == ["soc", "dsp", "plain"]


def test_the_first_tree_that_has_a_label_gives_it(borrowed):
    found = borrowed(["dsp", "plain"], "/ { soc { plain: plain { }; }; };", SIBLING)
    assert found.sources == {"dsp": "1.dtb", "plain": "0.dtb"}


def test_the_next_tree_is_asked_where_the_first_disagrees(borrowed):
    other = '/ { soc { dsp: dsp { compatible = "acme,modem"; reg = <1 2>; }; }; };'
    assert borrowed(["dsp"], other, SIBLING) == Borrowed({"dsp": "/soc/dsp"}, {"dsp": "1.dtb"}, {})


def test_a_label_may_be_of_another_path_in_the_next_tree(borrowed):
    assert borrowed(["x"], "/ { x: none { }; };", "/ { soc { x: plain { }; }; };").paths == {
        "x": "/soc/plain"
    }


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/ { soc: soc { }; };", "0.dtb does not have it"),
        ("/ { soc { };  };", "0.dtb does not have it"),
        ("/ { x: gone { }; };", "/gone does not exist in the base, but does in 0.dtb"),
        (
            '/ { soc { x: dsp { compatible = "acme,modem"; reg = <1 2>; }; }; };',
            "/soc/dsp is acme,dsp-v2 in the base, acme,modem in 0.dtb",
        ),
        ("/ { soc { x: dsp { reg = <1 2>; }; }; };", "/soc/dsp is acme,dsp-v2 in the base, without compatible in 0.dtb"),
        (
            '/ { soc { x: plain { compatible = "acme,p"; }; }; };',
            "/soc/plain is without compatible in the base, acme,p in 0.dtb",
        ),
        (
            '/ { soc { x: dsp { compatible = "acme,dsp"; reg = <1 3>; }; }; };',
            "/soc/dsp has another reg in the base than in 0.dtb",
        ),
        ('/ { soc { x: dsp { compatible = "acme,dsp"; }; }; };', "/soc/dsp has another reg in the base than in 0.dtb"),
        ("/ { soc { x: plain { reg = <1>; }; }; };", "/soc/plain has another reg in the base than in 0.dtb"),
    ],
)  # fmt: skip
def test_a_label_is_refused_with_the_reason(borrowed, source, reason):
    assert borrowed(["x"], source) == Borrowed({}, {}, {"x": reason})


def test_the_reasons_of_all_trees_are_told(borrowed):
    found = borrowed(["x"], "/ { x: gone { }; };", "/ { };", "/ { soc { x: plain { reg = <1>; }; }; };")
    assert found.refused == {
        "x": "/gone does not exist in the base, but does in 0.dtb; 1.dtb does not have it; "
        "/soc/plain has another reg in the base than in 2.dtb"
    }


def test_without_trees_there_is_nothing_to_look_in(borrowed):
    assert borrowed(["x"]) == Borrowed({}, {}, {"x": "there is no tree to look it up in"})


def test_one_refusal_keeps_the_other_labels(borrowed):
    found = borrowed(["gone", "dsp"], SIBLING)
    assert (found.paths, list(found.refused)) == ({"dsp": "/soc/dsp"}, ["gone"])


def test_a_stale_label_of_the_source_is_not_taken(borrowed):
    found = borrowed(["x"], '/ { __symbols__ { x = "/soc/none"; }; };')
    assert (found.paths, list(found.refused)) == ({}, ["x"])


@pytest.mark.parametrize(
    ("wanted", "found", "agree"),
    [
        ("", "", True),
        ('compatible = "a";', 'compatible = "a";', True),
        ('compatible = "a", "b";', 'compatible = "c", "b";', True),
        ('compatible = "a";', 'compatible = "b";', False),
        ('compatible = "a";', "", False),
        ("", 'compatible = "a";', False),
        ("reg = <1>;", "reg = <1>;", True),
        ("reg = <1>;", "reg = <2>;", False),
        ("reg = <1>;", "", False),
        ('status = "okay";', 'status = "disabled";', True),
    ],
)
def test_nodes_agree_by_compatible_and_reg(tree, wanted, found, agree):
    nodes = [tree(f"/ {{ n {{ {body} }}; }};").nodes["/n"] for body in (wanted, found)]
    assert (disagreement(*nodes) is None) is agree


def test_all_labels_of_a_board_come_back_from_its_sibling_with_symbols(compiled):
    data = compiled("lemans-evk.dts")
    board = blob.read(data, "lemans-evk.dtb")
    found = borrow(blob.read(blob.without_symbols(data), "bare.dtb"), board.symbols, [board])
    assert (found.paths, found.refused) == (board.symbols, {})
    assert set(found.sources.values()) == {"lemans-evk.dtb"}
