"""The carveout map as text and as JSON."""

from __future__ import annotations

import json
import re

import pytest

from dtgen.hardware.memory import Region
from dtgen.hardware.memory_map import MemoryEntry, MemoryMap, Novelty, Shared, User
from dtgen.report.memory import report
from dtgen.report.style import Style

TEXT = """\
a.dtb  6 carveouts, 20.0 MiB reserved, 1 new, 2 changed, 2 overlap
    0x8000000..0x80013ff      0x1400     5 KiB  &a             no-map    &adsp
!~ 0x80100000..0x8027ffff   0x180000  1536 KiB  &b             no-map    &adsp, /cdsp (disabled)  \
overlaps &new by 0x80000 (512 KiB)
!+ 0x80200000..0x802fffff   0x100000     1 MiB  &new                     overlaps &b by 0x80000 (512 KiB)
   0x90000000..0x90200000   0x200001            smem@90000000            qcom,smem
 ~ 0xa0000000..0xa0000fff     0x1000     4 KiB  &off                     disabled
     anywhere              0x1000000    16 MiB  cma            reusable
"""


def entry(
    name: str,
    region: Region | None,
    size: int | None = None,
    label: str | None = None,
    flags: tuple[bool, bool] = (False, False),
    available: bool = True,
    compatible: tuple[str, ...] = (),
    users: tuple[User, ...] = (),
    shared: tuple[Shared, ...] = (),
    change: Novelty | None = None,
) -> MemoryEntry:
    path = f"/reserved-memory/{name}"
    size = region.size if region else size
    return MemoryEntry(path, label, region, size, *flags, available, compatible, users, shared, change)


@pytest.fixture
def memory_map() -> MemoryMap:
    common = Region.of(0x80200000, 0x80000)
    adsp, cdsp = User("/adsp", "&adsp", True), User("/cdsp", "/cdsp", False)
    new, b = (Shared(f"/reserved-memory/{name}", f"&{name}", common) for name in ("new", "b"))
    kept = (True, False)
    entries = (
        entry("a", Region.of(0x8000000, 0x1400), None, "a", kept, users=(adsp,)),
        entry(
            "b", Region.of(0x80100000, 0x180000), None, "b", kept,
            users=(adsp, cdsp), shared=(new,), change=Novelty.CHANGED,
        ),
        entry("new", Region.of(0x80200000, 0x100000), label="new", shared=(b,), change=Novelty.NEW),
        entry("smem@90000000", Region.of(0x90000000, 0x200001), compatible=("qcom,smem",)),
        entry("off", Region.of(0xA0000000, 0x1000), label="off", available=False, change=Novelty.CHANGED),
        entry("cma", None, 0x1000000, flags=(False, True)),
    )  # fmt: skip
    return MemoryMap("a.dtb", "base.dtb", entries)


def test_a_line_for_each_region(memory_map: MemoryMap) -> None:
    assert report(memory_map, "text", Style()) == TEXT


def test_colour_says_nothing_that_the_text_does_not(memory_map: MemoryMap) -> None:
    coloured = report(memory_map, "text", Style(color=True))
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == TEXT
    assert coloured != TEXT


def test_a_carveout_of_which_nothing_is_known() -> None:
    text = report(MemoryMap("a.dtb", None, (entry("x", None),)), "text", Style())
    assert text == "a.dtb  1 carveout, 0.0 MiB reserved\n   anywhere      x\n"


def test_no_memory_is_reserved() -> None:
    assert report(MemoryMap("a.dtb", None, ()), "text", Style()) == "a.dtb  no memory is reserved\n"


def test_the_map_for_programs(memory_map: MemoryMap) -> None:
    document = json.loads(report(memory_map, "json", Style(color=True)))
    regions = document.pop("regions")
    assert document == {
        "version": 1,
        "file": "a.dtb",
        "against": "base.dtb",
        "reserved": 0x1400 + 0x200000 + 0x200001 + 0x1000000,
    }
    assert regions[1] == {
        "path": "/reserved-memory/b",
        "label": "b",
        "start": 0x80100000,
        "size": 0x180000,
        "no_map": True,
        "reusable": False,
        "available": True,
        "compatible": [],
        "users": [
            {"path": "/adsp", "name": "&adsp", "available": True},
            {"path": "/cdsp", "name": "/cdsp", "available": False},
        ],
        "overlaps": [{"path": "/reserved-memory/new", "start": 0x80200000, "size": 0x80000}],
        "change": "changed",
    }
    assert [(region["start"], region["size"], region["change"]) for region in regions[4:]] == [
        (0xA0000000, 0x1000, "changed"),
        (None, 0x1000000, None),
    ]
