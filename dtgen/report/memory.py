"""The carveout map for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dtgen.hardware.memory import Region, human_size, size_text
from dtgen.hardware.memory_map import MemoryEntry, MemoryMap, Novelty
from dtgen.report.style import Style
from dtgen.words import counted

VERSION = 1

_SIGNS = {Novelty.NEW: ("+", "green"), Novelty.CHANGED: ("~", "yellow")}
_ANYWHERE = "anywhere"


def report(memory_map: MemoryMap, format_: str, style: Style) -> str:
    """A line for each region, by address: `!` marks an overlap, `+` what is new, `~` what changed."""
    if format_ == "json":
        return json.dumps(_document(memory_map), indent=2, ensure_ascii=False) + "\n"
    if format_ == "svg":
        from dtgen.report.svg.memory_map import svg

        return svg(memory_map)
    return "".join(f"{line}\n" for line in _table(memory_map, style))


def _table(memory_map: MemoryMap, style: Style) -> Iterator[str]:
    entries = memory_map.entries
    yield f"{style.paint(memory_map.file, 'bold')}  {summary(memory_map, style)}"
    if not entries:
        return
    rows = [_columns(entry) for entry in entries]
    starts, ends, sizes, humans, names, flags = (max(map(len, column)) for column in zip(*rows, strict=True))
    for entry, (start, end, size, human, name, flag) in zip(entries, rows, strict=True):
        numbers = f"{start:>{starts}}{end:{ends}}  {size:>{sizes}}  {human:>{humans}}"
        if entry.available:
            shown = style.paint(name, "cyan") + " " * (names - len(name))
            notes = "  ".join(filter(None, (_purpose(entry, style), _shared(entry, style))))
            line = f"{numbers}  {shown}  {flag:{flags}}  {notes}".rstrip()
        else:
            line = style.paint(f"{numbers}  {name:{names}}  {flag:{flags}}  disabled", "dim")
        yield f"{_signs(entry, style)} {line}"


def summary(memory_map: MemoryMap, style: Style) -> str:
    """How many carveouts, how much they reserve, what is new, changed or overlaps."""
    entries = memory_map.entries
    if not entries:
        return "no memory is reserved"
    count = len({entry.path for entry in entries})
    parts = [
        counted(count, "carveout"),
        f"{memory_map.reserved / (1 << 20):.1f} MiB reserved",
    ]
    for change, (_, color) in _SIGNS.items():
        count = len({entry.path for entry in entries if entry.change is change})
        if count:
            parts.append(style.paint(f"{count} {change.value}", color))
    overlapping = len({entry.path for entry in entries if entry.shared})
    if overlapping:
        parts.append(style.paint(f"{overlapping} overlap", "red"))
    return ", ".join(parts)


def _columns(entry: MemoryEntry) -> Sequence[str]:
    start, end = _range(entry.region)
    size = "" if entry.size is None else f"{entry.size:#x}"
    human = "" if entry.size is None else human_size(entry.size)
    name = entry.name
    flags = " ".join(
        name for name, is_set in (("no-map", entry.no_map), ("reusable", entry.reusable)) if is_set
    )
    return start, end, size, human, name, flags


def _range(region: Region | None) -> tuple[str, str]:
    """Two columns, so that addresses of different length stand below one another."""
    if region is None:
        return _ANYWHERE, ""
    start, dots, end = str(region).partition("..")
    return start, dots + end


def _purpose(entry: MemoryEntry, style: Style) -> str:
    """Who uses it, or else what it is."""
    if not entry.users:
        return style.paint(entry.compatible[0], "dim") if entry.compatible else ""
    return ", ".join(
        user.name if user.available else style.paint(f"{user.name} (disabled)", "dim") for user in entry.users
    )


def _signs(entry: MemoryEntry, style: Style) -> str:
    overlap = style.paint("!", "bold", "red") if entry.shared else " "
    return overlap + (style.paint(*_SIGNS[entry.change]) if entry.change else " ")


def _shared(entry: MemoryEntry, style: Style) -> str:
    if not entry.shared:
        return ""
    others = ", ".join(f"{other.name} by {size_text(other.common.size)}" for other in entry.shared)
    return style.paint(f"overlaps {others}", "red")


def _document(memory_map: MemoryMap) -> dict[str, Any]:
    return {
        "version": VERSION,
        "file": memory_map.file,
        "against": memory_map.against,
        "reserved": memory_map.reserved,
        "regions": [
            {
                "path": entry.path,
                "label": entry.label,
                "start": entry.region.start if entry.region else None,
                "size": entry.size,
                "no_map": entry.no_map,
                "reusable": entry.reusable,
                "available": entry.available,
                "compatible": list(entry.compatible),
                "users": [
                    {"path": user.path, "name": user.name, "available": user.available}
                    for user in entry.users
                ],
                "overlaps": [
                    {"path": other.path, "start": other.common.start, "size": other.common.size}
                    for other in entry.shared
                ],
                "change": entry.change.value if entry.change else None,
            }
            for entry in memory_map.entries
        ],
    }
