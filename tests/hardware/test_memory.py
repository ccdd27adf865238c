"""Regions and carveouts."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree.tree import Node
from dtgen.hardware.memory import Carveout, Region, carveouts, human_size, overlaps, size_text

numbers = st.integers(0, 40)
regions = st.builds(Region.of, numbers, numbers)


def addresses(region: Region) -> set[int]:
    return set(range(region.start, region.end))


@given(regions, regions)
def test_two_regions_overlap_where_they_have_an_address_in_common(a: Region, b: Region) -> None:
    common = addresses(a) & addresses(b)
    found = a.intersection(b)
    assert (addresses(found) if found else set()) == common
    assert a.overlaps(b) is b.overlaps(a) is bool(common)


@given(regions, regions)
def test_a_region_contains_another_where_it_has_all_its_addresses(a: Region, b: Region) -> None:
    assert a.contains(b) is (addresses(b) <= addresses(a))


@given(regions, st.integers(1, 8))
def test_alignment_is_that_of_both_ends(region: Region, to: int) -> None:
    assert region.aligned(to) is (region.start % to == 0 and region.end % to == 0)
    assert region.size == len(addresses(region))


@given(st.lists(st.lists(regions, max_size=3), max_size=6))
def test_overlaps_are_those_of_every_two_regions_of_different_carveouts(groups: list[list[Region]]) -> None:
    all_ = [
        Carveout(Node(str(number), f"/{number}", {}, {}), tuple(group), None)
        for number, group in enumerate(groups)
    ]
    expected = [
        ({one.node.path, other.node.path}, a.intersection(b))
        for one, other in combinations(all_, 2)
        for a in one.regions
        for b in other.regions
        if addresses(a) & addresses(b)
    ]
    found = [({o.first.node.path, o.second.node.path}, o.common) for o in overlaps(all_)]
    assert len(found) == len(expected)
    assert all(found.count(one) == expected.count(one) for one in expected)


@pytest.mark.parametrize(
    ("region", "text"),
    [
        (Region.of(0x80000000, 0x600000), "0x80000000..0x805fffff"),
        (Region.of(0x80000000, 1), "0x80000000..0x80000000"),
        (Region.of(0x80000000, 0), "0x80000000 (empty)"),
    ],
)
def test_a_region_is_written_as_the_kernel_logs_it(region: Region, text: str) -> None:
    assert str(region) == text


@pytest.mark.parametrize(
    ("size", "human"),
    [
        (0, ""),
        (1, ""),
        (0x400, "1 KiB"),
        (0x401, ""),
        (0x1800, "6 KiB"),
        (0x100000, "1 MiB"),
        (0x180000, "1536 KiB"),
        (0x40000000, "1024 MiB"),
    ],
)
def test_sizes(size: int, human: str) -> None:
    assert human_size(size) == human
    assert size_text(size) == (f"{size:#x} ({human})" if human else f"{size:#x}")


def literal(body: str, cells: tuple[int, int] = (2, 2)) -> str:
    return (
        f"/ {{ reserved-memory {{ #address-cells = <{cells[0]}>; #size-cells = <{cells[1]}>; {body} }}; "
        "memory { reg = <0x0 0x0>; }; };"
    )


@pytest.mark.parametrize(
    ("body", "cells", "expected"),
    [
        ("a { reg = <0x8 0x80000000 0x0 0x1000>; };", (2, 2), [Region(0x8_8000_0000, 0x8_8000_1000)]),
        ("a { reg = <0x0 0x80000000 0x1 0x0>; };", (2, 2), [Region(0x8000_0000, 0x1_8000_0000)]),
        ("a { reg = <0x80000000 0x1000>; };", (1, 1), [Region(0x8000_0000, 0x8000_1000)]),
        ("a { reg = <0x1 0x0 0x1000>; };", (2, 1), [Region(0x1_0000_0000, 0x1_0000_1000)]),
        (
            "a { reg = <0x1000 0x1000 0x4000 0x0>; };",
            (1, 1),
            [Region(0x1000, 0x2000), Region(0x4000, 0x4000)],
        ),
        ("a { reg = <0x1000 0x1000 0x4000>; };", (1, 1), [Region(0x1000, 0x2000)]),
        ("a { reg = <0x1000>; };", (2, 2), []),
        ("a { reg; };", (1, 1), []),
        ("a { reg = <0x1000>; };", (0, 0), []),
    ],
)
def test_the_regions_of_reg(tree, body, cells, expected):
    (carveout,) = carveouts(tree(literal(body, cells)))
    assert (list(carveout.regions), carveout.size) == (expected, None)


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("a { size = <0x0 0x2000>; };", 0x2000),
        ("a { size = <0x1 0x0>; alloc-ranges = <0x0 0x0 0x8 0x0>; };", 0x1_0000_0000),
        ("a { };", None),
    ],
)
def test_a_carveout_whose_place_the_kernel_chooses(tree, body, size):
    (carveout,) = carveouts(tree(literal(body)))
    assert (carveout.regions, carveout.size) == ((), size)


def test_the_flags_of_carveouts(tree):
    found = carveouts(tree(literal("a { no-map; }; b { reusable; }; c { };")))
    assert [(c.node.name, c.no_map, c.reusable) for c in found] == [
        ("a", True, False),
        ("b", False, True),
        ("c", False, False),
    ]


def test_a_tree_without_reserved_memory_has_no_carveouts(tree):
    assert list(carveouts(tree("/ { memory { reg = <0 0>; }; };"))) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a { reg = <0x0 0x1000>; }; b { reg = <0x1000 0x1000>; };", []),
        ("a { reg = <0x0 0x1000>, <0x800 0x1000>; };", []),
        (
            "b { reg = <0x2000 0x1000>; }; a { reg = <0x1000 0x1001>; };",
            [("a", "b", Region(0x2000, 0x2001))],
        ),
        (  # the last one is beyond the second, and within the first
            "a { reg = <0x0 0x4000>; }; b { reg = <0x1000 0x1000>; }; c { reg = <0x3000 0x4000>; };",
            [("a", "b", Region(0x1000, 0x2000)), ("a", "c", Region(0x3000, 0x4000))],
        ),
    ],
)
def test_overlaps_come_by_address(tree, body, expected):
    found = overlaps(carveouts(tree(literal(body, (1, 1)))))
    assert [
        (overlap.first.node.name, overlap.second.node.name, overlap.common) for overlap in found
    ] == expected
