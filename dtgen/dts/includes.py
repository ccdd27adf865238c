"""What a source includes, found before cpp and dtc open it: a pipe holds them, a device has no end.

Only files that are there are found, and not what a macro names: cpp says of the one that it is missing, and
for the other it has its limits.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from dtgen.diagnostics import Location
from dtgen.errors import rejected
from dtgen.project import files, layout
from dtgen.records import dataclass

MAX_SIZE = 16 << 20
"""Bytes of a source, and of what it includes; the largest header of Linux v7.2 has 0.1 MiB."""

_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<beside>[^"\n]+)"|<(?P<searched>[^>\n]+)>)'
    r'|/include/[ \t]*"(?P<by_dtc>[^"\n]+)"|/incbin/[ \t]*\([ \t]*"(?P<data>[^"\n]+)"',
    re.MULTILINE,
)
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


@dataclass(frozen=True, slots=True)
class Included:
    """A file that is included, and where."""

    file: Path
    where: Location

    @property
    def shown(self) -> str:
        """What messages call it."""
        return layout.display(self.file)


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    line: int
    is_beside: bool
    """Whether it is looked for beside the file, too."""
    is_data: bool
    """Whether dtc takes its bytes, and no text."""


def included(file: Path, text: str, include: Sequence[Path]) -> Iterator[Included]:
    """What a source includes and what that includes, each file once. Raises: Unreadable."""
    seen = {file.absolute()}
    waiting = [(file, _wanted(text))]
    while waiting:
        source, wanted_by = waiting.pop()
        for wanted in wanted_by:
            places = (*([source.parent] if wanted.is_beside else ()), *include)
            found = next((path for place in places if (path := place / wanted.name).exists()), None)
            if found is None or found.absolute() in seen:
                continue
            seen.add(found.absolute())
            yield Included(found, Location(layout.display(source), wanted.line))
            if not wanted.is_data and found.is_file():
                status = found.stat()
                waiting.append((found, _read(found, status.st_size, status.st_mtime_ns)))


def refuse(file: Path, text: str, include: Sequence[Path]) -> None:
    """Raises: Rejected at the line that includes what is no file or too large."""
    for found in included(file, text, include):
        status, shown = found.file.stat(), found.shown
        if kind := _KINDS.get(stat.S_IFMT(status.st_mode)):
            raise rejected("cpp", f"{shown} is {kind}, and no file to include", found.where)
        if status.st_size > MAX_SIZE:
            message = f"{shown} is larger than {MAX_SIZE >> 20} MiB, the most that dtgen includes"
            raise rejected("cpp", message, found.where)


def foreign(file: Path, text: str, include: Sequence[Path]) -> Iterator[Included]:
    """What stands neither in the project of a source, nor in a directory of `include`. Raises: Unreadable."""
    within = [layout.resolved(place) for place in (layout.top_of(file), *include)]
    for found in included(file, text, include):
        if not any(layout.resolved(found.file).is_relative_to(place) for place in within):
            yield found


@lru_cache(maxsize=4096)
def _read(source: Path, size: int, changed: int) -> tuple[_Wanted, ...]:
    """Kept, since boards share most of it; `size` and `changed` tell one text of a file from another."""
    return _wanted(files.read(source, MAX_SIZE).decode("utf-8", "replace"))


def _wanted(text: str) -> tuple[_Wanted, ...]:
    found = []
    for match in _INCLUDE.finditer(text):
        kind = match.lastgroup or ""
        line = text.count("\n", 0, match.start(kind)) + 1
        found.append(_Wanted(match[kind], line, kind != "searched", kind == "data"))
    return tuple(found)
