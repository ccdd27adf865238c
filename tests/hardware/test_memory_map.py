"""The carveout map: order, users, overlaps, what changed."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.hardware.memory import Region
from dtgen.hardware.memory_map import Novelty, User, memory_map
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge

BOARD = """
/ {
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        b: b@80100000 { reg = <0x80100000 0x100000>; no-map; };
        a: a@8000000 { reg = <0x8000000 0x1400>; no-map; };
        smem@90000000 { compatible = "qcom,smem"; reg = <0x90000000 0x200001>; };
        cma { size = <0x1000000>; reusable; };
        off: off@a0000000 { reg = <0xa0000000 0x1000>; status = "disabled"; };
    };
    adsp: adsp { memory-region = <&a>, <&b>; };
    cdsp { memory-region = <&b>; status = "disabled"; };
};
"""
OVERLAY = """
&b { reg = <0x80100000 0x180000>; };
&off { status = "okay"; };
&{/reserved-memory} { new: new@80200000 { reg = <0x80200000 0x100000>; }; };
"""


@pytest.fixture(scope="session")
def systems(dtb, dtbo):
    """The board, and the board with the overlay."""
    data, overlay = dtb(BOARD), dtbo(OVERLAY)
    base = blob.read(data, "test.dtb")
    merged = merge(base, data, Overlay.of(blob.read(overlay, "test.dtbo")), overlay)
    return System(Merged.unchanged(base, data)), System(merged)


def test_carveouts_are_by_address_and_those_without_a_place_last(systems):
    base, _ = systems
    assert [
        (entry.path.rpartition("/")[2], entry.region, entry.size) for entry in memory_map(base).entries
    ] == [
        ("a@8000000", Region.of(0x8000000, 0x1400), 0x1400),
        ("b@80100000", Region.of(0x80100000, 0x100000), 0x100000),
        ("smem@90000000", Region.of(0x90000000, 0x200001), 0x200001),
        ("off@a0000000", Region.of(0xA0000000, 0x1000), 0x1000),
        ("cma", None, 0x1000000),
    ]


def test_who_uses_a_carveout(systems):
    base, _ = systems
    users = {entry.label: entry.users for entry in memory_map(base).entries}
    assert users["a"] == (User("/adsp", "&adsp", True),)
    assert users["b"] == (User("/adsp", "&adsp", True), User("/cdsp", "/cdsp", False))
    assert users["off"] == ()


def test_a_carveout_says_what_it_is(systems):
    base, _ = systems
    assert [
        (entry.no_map, entry.reusable, entry.available, entry.compatible)
        for entry in memory_map(base).entries[1:]
    ] == [
        (True, False, True, ()),
        (False, False, True, ("qcom,smem",)),
        (False, False, False, ()),
        (False, True, True, ()),
    ]


def test_what_an_overlay_changed(systems):
    base, merged = systems
    found = memory_map(merged, base)
    assert (found.file, found.against) == ("test.dtb with the overlay", "test.dtb")
    assert [(entry.label, entry.change) for entry in found.entries if entry.change] == [
        ("b", Novelty.CHANGED),
        ("new", Novelty.NEW),
        ("off", Novelty.CHANGED),
    ]


def test_without_a_base_nothing_is_new(systems):
    _, merged = systems
    assert {entry.change for entry in memory_map(merged).entries} == {None}


def test_what_two_have_in_common_is_reserved_once(systems):
    base, merged = systems
    assert memory_map(base).reserved == 0x1400 + 0x100000 + 0x200001 + 0x1000000
    assert memory_map(merged).reserved == 0x1400 + 0x200000 + 0x200001 + 0x1000 + 0x1000000


def test_both_sides_of_an_overlap_know_it(systems):
    _, merged = systems
    shared = {entry.label: entry.shared for entry in memory_map(merged).entries if entry.shared}
    assert {label: [(other.path, other.common) for other in others] for label, others in shared.items()} == {
        "b": [("/reserved-memory/new@80200000", Region(0x80200000, 0x80280000))],
        "new": [("/reserved-memory/b@80100000", Region(0x80200000, 0x80280000))],
    }


def test_a_tree_without_reserved_memory(dtb):
    data = dtb("/ { };")
    found = memory_map(System(Merged.unchanged(blob.read(data, "test.dtb"), data)))
    assert (found.entries, found.reserved) == ((), 0)


def test_the_map_of_a_real_board(compiled):
    data = compiled("lemans-evk.dts")
    found = memory_map(System(Merged.unchanged(blob.read(data, "lemans-evk.dtb"), data)))
    users = {entry.label: [user.name for user in entry.users] for entry in found.entries}
    assert (len(found.entries), found.reserved) == (47, 0x21D44000)
    assert users["pil_adsp_mem"] == ["&remoteproc_adsp"]
    assert not any(entry.shared for entry in found.entries)
