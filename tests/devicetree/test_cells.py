"""Cells: phandle-and-specifier lists, and values as a source writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree.cells import SPECIFIERS, has_four_cell_entries, id_map, specifiers
from dtgen.devicetree.tree import Property


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


def test_every_known_list_names_the_cells_of_its_provider():
    assert {name for name in SPECIFIERS.values() if name and not name.endswith("-cells")} == set()


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        ("<0 &two 5 6 7>", [((0, 2, 5, 6, 7), "/two", 2, True)]),
        ("<0 &two 5 1>", [((0, 2, 5, 1), "/two", 1, True)]),
        ("<0 &two 5 2>", [((0, 2, 5, 2), "/two", 2, False)]),
        ("<0 &two 5 1>, <9 &two 6 1>", [((0, 2, 5, 1), "/two", 1, True), ((9, 2, 6, 1), "/two", 1, True)]),
        (
            "<0 &one 5 2>, <9 &two 6 0 1>",
            [((0, 1, 5, 2), "/one", 1, True), ((9, 2, 6, 0, 1), "/two", 2, True)],
        ),
        ("<0 0x99 5 1 9 &one 6 1>", [((0, 0x99, 5, 1), None, 1, False)]),
        ("<0 &one 5 2 9>", [((0, 1, 5, 2), "/one", 1, True), ((9,), None, 1, False)]),
    ],
)
def test_a_map_is_split_as_the_kernel_does(tree, value, entries):
    board = tree(
        "/ { one: one { #iommu-cells = <1>; phandle = <1>; }; two: two { #iommu-cells = <2>; phandle = <2>; };"
        f" pcie {{ iommu-map = {value}; }}; }};"
    )
    found = id_map(board, board.nodes["/pcie"].properties["iommu-map"])
    assert [(e.cells, e.provider and e.provider.path, e.expected, e.sound) for e in found] == entries


@pytest.mark.parametrize(
    ("value", "four"),
    [
        ("<0 &two 5 1>, <9 &two 6 1>", True),
        ("<0 &two 5 1>, <9 &two 6 2>", False),
        ("<0 &two 5 1>, <9 &other 6 1>", False),
        ("<0 &one 5 1>", False),
        ("<0 &two 5 0 1>", False),
        # 16 entries of five cells are 80
        (", ".join(f"<{rid} &two {rid} 0 1>" for rid in range(16)), False),
        ("<>", False),
    ],
)
def test_what_was_written_before_the_cells_of_a_provider_counted(tree, value, four):
    board = tree(
        "/ { one: one { #iommu-cells = <1>; }; two: two { #iommu-cells = <2>; };"
        f" other: other {{ #iommu-cells = <2>; }}; pcie {{ iommu-map = {value}; }}; }};"
    )
    assert has_four_cell_entries(board, board.nodes["/pcie"].properties["iommu-map"]) == four
