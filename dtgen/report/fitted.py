"""Tables in the width of a terminal: what does not fit goes on below its column, and no word is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.report.visible import width

_ESCAPE = re.compile(r"\033\[[0-9;]*m|\033\]8;;[^\033]*\033\\")
"""Colours and hyperlinks, which take no columns."""
_GAP = re.compile(r"( {2,})")
_LEFT = 4
"""Columns by which a line goes on where its last column begins too far right."""


def fitted(text: str, columns: int | None) -> str:
    """A table whose columns are two spaces apart. `columns`: None for any width."""
    if columns is None:
        return text
    return "".join(f"{part}\n" for line in text.splitlines() for part in _parts(line, columns))


def _parts(line: str, columns: int) -> Iterator[str]:
    if _width(line) <= columns:
        yield line
        return
    left = len(line) - len(line.lstrip())
    further = " " * (left + _LEFT)
    cells = _GAP.split(line.strip())
    current, *full = _filled(line[:left], cells[0], further, columns)
    for gap, cell in zip(cells[1::2], cells[2::2], strict=True):
        yield from full
        start = _width(current) + len(gap)
        if start + _width(cell) <= columns:
            current, full = f"{current}{gap}{cell}", []
        elif start <= columns // 2 and start + _width(cell.partition(" ")[0]) <= columns:
            current, *full = _filled(f"{current}{gap}", cell, " " * start, columns)
        else:
            yield current
            current, *full = _filled(further, cell, further, columns)
    yield from (*full, current)


def _filled(before: str, cell: str, further: str, columns: int) -> list[str]:
    """The words of a cell behind what its line has, and below: the last line first, the others in order."""
    lines: list[str] = []
    current = before
    for word in cell.split(" "):
        joined = f"{current}{word}" if current in (before, further) else f"{current} {word}"
        if _width(joined) > columns and current not in (before, further):
            lines.append(current)
            joined = f"{further}{word}"
        current = joined
    return [current, *lines]


def _width(text: str) -> int:
    return width(_ESCAPE.sub("", text))
