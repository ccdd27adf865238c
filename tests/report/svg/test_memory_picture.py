"""The carveout map as a picture."""

from __future__ import annotations

import re

from drawn import parsed, titles, words

from dtgen.hardware.memory import Region
from dtgen.hardware.memory_map import MemoryEntry, MemoryMap, Novelty, Shared, User
from dtgen.report.memory import report
from dtgen.report.style import Style

MIB = 1 << 20
COMMON = Region.of(12 * MIB, 4 * MIB)


def entry(name: str, start: int | None, size: int, **other: object) -> MemoryEntry:
    region = None if start is None else Region.of(start * MIB, size * MIB)
    values = {"no_map": True, "reusable": False, "available": True, "compatible": (), "users": ()}
    values |= {"shared": (), "change": None, **other}
    return MemoryEntry(f"/reserved-memory/{name}", name, region, size * MIB, **values)


MAP = MemoryMap(
    "a.dtb",
    "base.dtb",
    (
        entry("a", 0, 16, users=(User("/adsp", "&adsp", True),), shared=(Shared("/b", "&b", COMMON),)),
        entry("b", 12, 8, change=Novelty.NEW, shared=(Shared("/a", "&a", COMMON),)),
        entry("off", 20, 4, available=False),
        entry("far", 4096, 8, change=Novelty.CHANGED),
        entry("cma", None, 64, reusable=True),
    ),
)


def drawn(found: MemoryMap) -> str:
    text = report(found, "svg", Style())
    assert text == report(found, "svg", Style())
    return text


def test_what_is_drawn() -> None:
    root = parsed(drawn(MAP))
    assert titles(root, "claim") == {
        "&a, 0x0..0xffffff, 0x1000000 (16 MiB), no-map, overlaps &b by 0x400000 (4 MiB)": ["claim "],
        "&b, 0xc00000..0x13fffff, 0x800000 (8 MiB), no-map, overlaps &a by 0x400000 (4 MiB)": ["claim new"],
        "&off, 0x1400000..0x17fffff, 0x400000 (4 MiB), no-map": ["claim off"],
        "&far, 0x100000000..0x1007fffff, 0x800000 (8 MiB), no-map": ["claim changed"],
        "0xc00000..0xffffff: claimed twice, 0x400000 (4 MiB)": ["claim conflict"],
    }
    shown = words(root)
    assert shown[:2] == ["a.dtb", "5 carveouts, 92.0 MiB reserved, 1 new, 1 changed, 2 overlap"]
    assert [text for text in shown if text in set("!+~")] == ["!", "!", "+", "~"]
    assert {"&adsp", "anywhere", "64 MiB", "disabled", "a gap, not to scale"} <= set(shown)


def test_carveouts_are_to_scale_and_gaps_are_not() -> None:
    text = drawn(MAP)
    heights = {
        match[1]: float(match[3])
        for match in re.finditer(r"<title>&amp;(\w+), [^<]*</title><path d=\"M\S+ \S+h(\S+?)v(\S+?)h", text)
    }
    assert heights["a"] / heights["b"] == 2
    assert heights["far"] == heights["b"]
    assert "a gap of 0xfe800000 (4072 MiB), not to scale" in text


def test_carveouts_with_common_memory_stand_beside_one_another() -> None:
    found = re.findall(r"<title>&amp;([ab]), [^<]*</title><path d=\"M(\S+) \S+h(\S+?)v", drawn(MAP))
    assert found == [("a", "104", "48"), ("b", "152", "48")]


def test_a_large_and_a_tiny_one_and_none_at_all() -> None:
    tiny = MemoryEntry(
        "/reserved-memory/t", None, Region.of(1 << 40, 1), 1, False, False, True, (), (), (), None
    )
    shown = words(parsed(drawn(MemoryMap("a.dtb", None, (entry("a", 0, 4096), tiny)))))
    assert {"&a", "t", "0x1"} <= set(shown)
    assert words(parsed(drawn(MemoryMap("a.dtb", None, ()))))[:2] == ["a.dtb", "no memory is reserved"]


def test_names_that_are_hostile_are_text() -> None:
    name = '<script>"\u202e' + "x" * 10_000
    text = drawn(MemoryMap(name, None, (entry(name, 0, 1, users=(User("/x", name, True),)),)))
    parsed(text)
    assert len(text) < 12_000
    assert "<script" not in text
    assert "\u202e" not in text
