"""The carveout map as a picture: a strip of addresses to scale, in which only gaps are shortened.

Carveouts with memory in common stand beside one another, and what they have in common is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dtgen.hardware.memory import Region, human_size, size_text
from dtgen.hardware.memory_map import MemoryEntry, MemoryMap, Novelty
from dtgen.records import dataclass
from dtgen.report.memory import summary
from dtgen.report.style import Style
from dtgen.report.svg.picture import (
    ADVANCE,
    LINE,
    MARGIN,
    WIDTH,
    Picture,
    box,
    document,
    element,
    group,
    legend,
    number,
    text,
)
from dtgen.report.visible import shortened, visible

MOST_ROWS = 500
"""Of a picture; the table has all."""
_TOP = 40
_LEFT, _STRIP = 104, 96
_RIGHT = _LEFT + _STRIP
_TEXT = _RIGHT + 64
_BREAK = 12
"""Pixels of a gap that is shortened."""
_LONG_GAP = 32
"""A gap is long that is more than this part of all that is reserved."""
_THINNEST = 1.2
"""Pixels of a carveout that is too small to be seen to scale."""
_LANES = 4
"""Carveouts that stand beside one another; the others lie on the last one."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Addresses without a long gap, to scale from `top` on."""

    start: int
    end: int
    top: float
    scale: float
    """Pixels for a byte."""

    def y(self, address: int) -> float:
        return self.top + (address - self.start) * self.scale


def svg(found: MemoryMap) -> str:
    """As a file."""
    return document(f"Memory map of {found.file}", [picture(found)])


def picture(found: MemoryMap) -> Picture:
    """The carveouts by address, those without a place at the end."""
    entries = found.entries[:MOST_ROWS]
    placed = [(entry, entry.region) for entry in entries if entry.region]
    loose = [entry for entry in entries if not entry.region]
    regions = [region for _, region in placed]
    height = max(len(placed) * LINE, 160 if placed else 0)
    stretches, bottom = _stretches(regions, _TOP, height)
    body = [text(MARGIN, 20, shortened(visible(found.file), 50), "strong")]
    body.append(text(WIDTH - MARGIN, 20, summary(found, Style()), "dim end"))
    body += _axis(stretches)
    body += _strip(placed, stretches)
    rows = max(bottom, _TOP + len(placed) * LINE)
    for place, (entry, region) in enumerate(placed):
        y = _TOP + (place + 0.5) * (rows - _TOP) / len(placed)
        middle = (_at(stretches, region.start) + _at(stretches, region.end)) / 2
        line = f"M{_RIGHT + 3} {number(middle)}h8L{_TEXT - 26} {number(y)}h6"
        body.append(element("path", d=line, class_="rule"))
        body.append(_line(entry, y + 4))
    y = rows + 4
    for entry in loose:
        body.append(_line(entry, y + 12))
        y += LINE
    if len(found.entries) > MOST_ROWS:
        body.append(text(_TEXT, y + 12, f"+{len(found.entries) - MOST_ROWS} more, in the table", "dim"))
        y += LINE
    signs, y = legend(y + 14, list(_legend(entries)))
    description = f"{summary(found, Style())}. Carveouts to scale, by address; the table below has every one."
    return Picture(
        round(y + 10), f"Memory of {shortened(found.file, 200)}", description, "".join(body + signs)
    )


def _stretches(regions: Sequence[Region], top: float, height: float) -> tuple[list[Stretch], float]:
    """Where addresses are drawn, and where that ends."""
    merged: list[Region] = []
    for region in sorted(regions):
        if merged and region.start <= merged[-1].end:
            merged[-1] = Region(merged[-1].start, max(merged[-1].end, region.end))
        else:
            merged.append(region)
    long = max(1, sum(region.size for region in merged) // _LONG_GAP)
    kept: list[Region] = []
    for region in merged:
        if kept and region.start - kept[-1].end <= long:
            kept[-1] = Region(kept[-1].start, region.end)
        else:
            kept.append(region)
    room = max(height - _BREAK * (len(kept) - 1), 2.0 * len(kept))
    scale = room / max(1, sum(region.size for region in kept))
    stretches, y = [], top
    for region in kept:
        stretches.append(Stretch(region.start, region.end, y, scale))
        y += region.size * scale + _BREAK
    return stretches, y - _BREAK if kept else top


def _at(stretches: Sequence[Stretch], address: int) -> float:
    return next(s.y(address) for s in stretches if s.start <= address <= s.end)


def _axis(stretches: Sequence[Stretch]) -> Iterator[str]:
    """The ends of each stretch, where there is room for them, and a mark for each gap."""
    free = 0.0
    for place, stretch in enumerate(stretches):
        top, bottom = stretch.top, stretch.y(stretch.end)
        yield element("path", d=box(_LEFT, top, _STRIP, max(bottom - top, _THINNEST)), class_="track")
        for address, y in ((stretch.start, top + 8), (stretch.end, bottom)):
            if y >= free:
                yield text(_LEFT - 8, y, f"{address:#x}", "end dim")
                free = y + 10
        if place + 1 < len(stretches):
            gap = stretches[place + 1].start - stretch.end
            middle = bottom + _BREAK / 2
            wave = f"M{_LEFT} {number(middle)}" + "q4 -5 8 0t8 0" * (_STRIP // 16)
            yield group([element("path", d=wave, class_="rule")], f"a gap of {size_text(gap)}, not to scale")


def _strip(placed: Sequence[tuple[MemoryEntry, Region]], stretches: Sequence[Stretch]) -> Iterator[str]:
    """The carveouts; what two have in common is drawn over both."""
    lanes, most = _lanes([region for _, region in placed])
    wide = _STRIP / most
    for (entry, region), lane in zip(placed, lanes, strict=True):
        top, bottom = _at(stretches, region.start), _at(stretches, region.end)
        alone = not entry.shared
        x, across = (_LEFT, _STRIP) if alone and lane == 0 else (_LEFT + lane * wide, wide)
        path = box(x, top, across, max(bottom - top, _THINNEST))
        yield group([element("path", d=path, class_=f"claim {state(entry)}")], _title(entry))
    for common in sorted({shared.common for entry, _ in placed for shared in entry.shared}):
        top, bottom = _at(stretches, common.start), _at(stretches, common.end)
        path = box(_LEFT, top, _STRIP, max(bottom - top, 2 * _THINNEST))
        title = f"{common}: claimed twice, {size_text(common.size)}"
        yield group([element("path", d=path, class_="claim conflict")], title)


def _lanes(regions: Iterable[Region]) -> tuple[list[int], int]:
    """The lane of each region, by address, and how many lanes there are."""
    ends: list[int] = []
    lanes = []
    for region in regions:
        lane = next((at for at, end in enumerate(ends) if end <= region.start), len(ends))
        if lane == len(ends) and lane < _LANES:
            ends.append(0)
        lane = min(lane, len(ends) - 1)
        ends[lane] = max(ends[lane], region.end)
        lanes.append(lane)
    return lanes, max(1, len(ends))


def state(entry: MemoryEntry) -> str:
    """What of it is drawn; an overlap has a mark of its own."""
    if not entry.available:
        return "off"
    if entry.change:
        return entry.change.value
    return "shared" if entry.reusable else ""


_SIGNS = {Novelty.NEW: "+", Novelty.CHANGED: "~"}


def _line(entry: MemoryEntry, y: float) -> str:
    """Columns of text: signs, addresses, size, name, users."""
    off = " dim" if not entry.available else ""
    columns = [text(_TEXT - 16, y, "!", "sign-conflict")] if entry.shared else []
    if entry.change:
        columns.append(text(_TEXT - 8, y, _SIGNS[entry.change], f"sign-{entry.change.value}"))
    human = human_size(entry.size) or f"{entry.size:#x}" if entry.size is not None else ""
    x = float(_TEXT)
    columns.append(text(x, y, str(entry.region) if entry.region else "anywhere", "dim"))
    x += 25 * ADVANCE
    columns.append(text(x + 8 * ADVANCE, y, human, "end" + off))
    x += 10 * ADVANCE
    name = shortened(visible(entry.name), 28)
    columns.append(text(x, y, name, off.strip()))
    x += 30 * ADVANCE
    room = int((WIDTH - MARGIN - x) / ADVANCE)
    columns.append(text(x, y, shortened(visible(_users(entry)), room), "dim"))
    return group(columns, _title(entry))


def _users(entry: MemoryEntry) -> str:
    """Who uses it; else what it is."""
    if not entry.available:
        return "disabled"
    users = [user.name + ("" if user.available else " (disabled)") for user in entry.users]
    return ", ".join(users) or (entry.compatible[0] if entry.compatible else "")


def _title(entry: MemoryEntry) -> str:
    parts = [shortened(visible(entry.name), 200), str(entry.region) if entry.region else "anywhere"]
    parts += [size_text(entry.size)] if entry.size is not None else []
    parts += [word for word, true in (("no-map", entry.no_map), ("reusable", entry.reusable)) if true]
    parts += [f"overlaps {shortened(o.name, 200)} by {size_text(o.common.size)}" for o in entry.shared[:5]]
    return ", ".join(parts)


def _legend(entries: Sequence[MemoryEntry]) -> Iterator[tuple[str, str]]:
    square = box(0, 0, 10, 10)
    there = {state(entry) for entry in entries}
    yield element("path", class_="claim", d=square), "a carveout, to scale"
    yield element("path", class_="rule", d="M0 5q2.5 -5 5 0t5 0"), "a gap, not to scale"
    for kind, meaning in (
        ("shared", "reusable"), ("new", "new"), ("changed", "changed"), ("off", "disabled"),
    ):  # fmt: skip
        if kind in there:
            yield element("path", class_=f"claim {kind}", d=square), meaning
    if any(entry.shared for entry in entries):
        yield element("path", class_="claim conflict", d=square), "claimed twice"
