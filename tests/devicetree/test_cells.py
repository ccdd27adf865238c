"""Cells: phandle-and-specifier lists, and values as a source writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.devicetree.cells import SPECIFIERS, dts_value, quoted, specifiers
from dtgen.devicetree.tree import Node, Property

BOARD = """
/ {
    one: one { #clock-cells = <1>; phandle = <1>; };
    two: two { #clock-cells = <2>; #iommu-cells = <2>; phandle = <2>; };
    none { phandle = <3>; };
    user { BODY };
};
"""


@pytest.fixture(scope="session")
def board(tree):
    return tree(BOARD.replace("BODY", ""))


@pytest.fixture(scope="session")
def user(tree):
    """A board and the only property of its user."""

    def literal(body: str):
        board = tree(BOARD.replace("BODY", body))
        (prop,) = board.nodes["/user"].properties.values()
        return board, prop

    return literal


def cells(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def summary(entry):
    return entry.offset, entry.phandle, entry.provider and entry.provider.path, entry.args, entry.expected


def test_a_list_is_split_by_the_cells_of_each_provider(user):
    assert [summary(entry) for entry in specifiers(*user("clocks = <&one 5>, <&two 6 7>, <&one 8>;"))] == [
        (0, 1, "/one", (5,), 1),
        (8, 2, "/two", (6, 7), 2),
        (20, 1, "/one", (8,), 1),
    ]


def test_a_last_entry_that_is_short_has_the_cells_that_are_there(user):
    assert [summary(entry) for entry in specifiers(*user("clocks = <&two 6>;"))] == [(0, 2, "/two", (6,), 2)]


def test_a_list_of_bare_phandles_has_no_args(user):
    assert [summary(entry) for entry in specifiers(*user("memory-region = <&one &two>;"))] == [
        (0, 1, "/one", (), 0),
        (4, 2, "/two", (), 0),
    ]


def test_a_provider_that_does_not_say_ends_the_list(user):
    assert [summary(entry) for entry in specifiers(*user("clocks = <3 1 2>, <1 5>;"))] == [
        (0, 3, "/none", (1, 2, 1, 5), None)
    ]


def test_an_unknown_phandle_ends_the_list(user):
    assert [summary(entry) for entry in specifiers(*user("clocks = <0x99 1>, <1 5>;"))] == [
        (0, 0x99, None, (1, 1, 5), None)
    ]


def test_an_unknown_phandle_among_bare_ones_does_not_end_the_list(user):
    assert [summary(entry) for entry in specifiers(*user("memory-region = <0x99 1>;"))] == [
        (0, 0x99, None, (), 0),
        (4, 1, "/one", (), 0),
    ]


def test_an_empty_entry_does_not_end_the_list(user):
    # of_phandle_iterator_next() in drivers/of/base.c: "an empty entry with no arguments"
    assert [summary(entry)[:4] for entry in specifiers(*user("clocks = <0>, <&one 5>;"))] == [
        (0, 0, None, ()),
        (4, 1, "/one", (5,)),
    ]


def test_known_starts_show_a_wrong_count_in_its_own_entry(user):
    board, prop = user("clocks = <&two 6>, <&one 7 8>, <&one 9>;")
    assert [summary(entry) for entry in specifiers(board, prop, (20, 0, 8))] == [
        (0, 2, "/two", (6,), 2),
        (8, 1, "/one", (7, 8), 1),
        (20, 1, "/one", (9,), 1),
    ]


@pytest.mark.parametrize(
    ("body", "sound"),
    [
        ("clocks = <&one 5>;", True),
        ("clocks = <&two 5>;", False),
        ("clocks = <3>;", False),
        ("clocks = <0x99>;", False),
        ("memory-region = <3>;", True),
        ("memory-region = <0x99>;", False),
    ],
)
def test_an_entry_is_sound_with_a_provider_and_its_cells(user, body, sound):
    assert [entry.sound for entry in specifiers(*user(body))] == [sound]


@given(st.lists(st.sampled_from([1, 2, 3, 0x99]) | st.integers(0, 0xFFFFFFFF), max_size=12), st.data())
def test_entries_hold_every_cell_once(board, values, data):
    starts = data.draw(st.sets(st.sampled_from(range(0, 4 * len(values), 4)))) if values else ()
    prop = Property(data.draw(st.sampled_from(["clocks", "iommus", "memory-region"])), cells(*values))
    entries = list(specifiers(board, prop, tuple(starts)))
    assert [cell for entry in entries for cell in (entry.phandle, *entry.args)] == values
    assert [values[entry.offset // 4] for entry in entries] == [entry.phandle for entry in entries]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("dma-coherent;", ""),
        ("clocks = <&one 0x5>, <&two 0x6 0x10>;", "<&one 0x5>, <&two 0x6 0x10>"),
        ("clocks = <&two 0x6>;", "<&two 0x6>"),
        ("clocks = <0x99 0x1>;", "<0x99 0x1>"),
        ("memory-region = <3 1>;", "<&{/none}>, <&one>"),
        ("iommus = [00 01];", "[00 01]"),
        (
            "iommu-map = <0x0 &two 0x1400 0x1>, <0x100 &two 0x1401 0x1>;",
            "<0x0 &two 0x1400 0x1>, <0x100 &two 0x1401 0x1>",
        ),
        ("iommu-map = <0x0 &two 0x1400>;", "<0x0 0x2 0x1400>"),
        ('names = "a", "b c";', '"a", "b c"'),
        (r'names = "a\"b\\";', r'"a\"b\\"'),
        ("reg = <0x3000 0>;", "<0x3000 0x0>"),
        ("reg = <1>;", "<0x1>"),
        ("mac = [00 ff 1a];", "[00 ff 1a]"),
        ("one = [00];", "[00]"),
    ],
)
def test_a_value_is_written_as_in_a_source(user, body, text):
    assert dts_value(*user(body)) == text


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("plain", '"plain"'),
        ('say "x"', r'"say \"x\""'),
        ("back\\slash", r'"back\\slash"'),
        ("a\nb\tc", r'"a\nb\tc"'),
        ("\x01f", r'"\001f"'),
        ("é7", r'"\303\2517"'),
    ],
)
def test_quoted(text, literal):
    assert quoted(text) == literal


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=20))
def test_dtc_reads_a_quoted_text_back(tree, texts):
    body = "".join(f"p{n} = {quoted(text)};\n" for n, text in enumerate(texts))
    properties = tree(f"/ {{ {body} }};").root.properties
    assert [prop.value for prop in properties.values()] == [text.encode() + b"\0" for text in texts]


values = st.binary(min_size=1, max_size=24) | st.text(
    st.characters(min_codepoint=32, max_codepoint=126) | st.just("\0"), min_size=1, max_size=16
).map(lambda text: text.encode() + b"\0")


@settings(max_examples=25, deadline=None)
@given(st.lists(values, min_size=1, max_size=20))
def test_dtc_reads_any_value_back(tree, board, sample):
    body = "".join(f"p{n} = {dts_value(board, Property('x', value))};\n" for n, value in enumerate(sample))
    assert [prop.value for prop in tree(f"/ {{ {body} }};").root.properties.values()] == sample


lists = st.lists(
    st.sampled_from([(1, 1), (2, 2), (3, 0), (0x99, 1)]).flatmap(
        lambda shape: st.lists(st.integers(0, 0xFFFFFFFF), min_size=shape[1], max_size=shape[1]).map(
            lambda args: (shape[0], *args)
        )
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(lists, st.sampled_from(["clocks", "iommus", "memory-region", "iommu-map", "msi-map"]))
def test_dtc_reads_any_list_back(tree, board, entries, name):
    value = b"".join(cells(*entry) for entry in entries)
    literal = BOARD.replace("BODY", f"{name} = {dts_value(board, Property(name, value))};")
    assert tree(literal).nodes["/user"].properties[name].value == value


def test_dtc_reads_the_whole_of_a_real_board_back(compiled, dtb):
    from dtgen.devicetree import blob

    tree = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    again = blob.read(dtb("".join(_source(tree, tree.root))), "again.dtb")
    assert {path: node.properties for path, node in again.nodes.items()} == {
        path: node.properties for path, node in tree.nodes.items()
    }


def _source(tree, node: Node):
    label = f"{tree.labels[node.path]}: " if node.path in tree.labels else ""
    yield f"{label}{node.name or '/'} {{\n"
    for prop in node.properties.values():
        text = dts_value(tree, prop)
        yield f"{prop.name} = {text};\n" if text else f"{prop.name};\n"
    for child in node.children.values():
        if not child.name.startswith("__"):
            yield from _source(tree, child)
    yield "};\n"


def test_every_known_list_names_the_cells_of_its_provider():
    assert {name for name in SPECIFIERS.values() if name and not name.endswith("-cells")} == set()
