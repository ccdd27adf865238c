"""What a kernel tree's Makefiles apply to what: `foo-el2-dtbs := foo.dtb soc-el2.dtbo`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path

from dtgen.diagnostics import Location
from dtgen.project import files, layout
from dtgen.records import dataclass

# make takes any name that has no blank, and none of these; a variable in one cannot be followed
_STANZA = re.compile(
    r"^(?P<name>[^\s:=#$]+)-dtbs[ \t]*(?P<how>[:+?]?)=(?P<members>(?:\\\n|[^\n])*)$", re.MULTILINE
)
_CONTINUED = "\\\n"
_MAKEFILE = "Makefile"
_BLOB, _OVERLAY = ".dtb", ".dtbo"


@dataclass(frozen=True, slots=True)
class _Stanza:
    line: int
    members: tuple[str, ...]

    @property
    def blobs(self) -> tuple[str, ...]:
        """The board's, then the overlays'; none where it has no overlay, or not one board."""
        boards = [member for member in self.members if member.endswith(_BLOB)]
        overlays = [member for member in self.members if member.endswith(_OVERLAY)]
        return (*boards, *overlays) if len(boards) == 1 and overlays else ()


_Stanzas = Mapping[str, _Stanza]
"""By the names of what they make."""


@dataclass(frozen=True, slots=True)
class Composite:
    """One stanza, by its sources: a board, and the overlays that are applied to it in their order."""

    board: Path
    overlays: tuple[Path, ...]
    named: Location = field(compare=False)
    """Where the stanza stands."""


def composites(directory: Path) -> Iterator[Composite]:
    """Those of a directory's Makefile. Source: multi_depend in the kernel's scripts/Makefile.lib."""
    makefiles = cache(_stanzas)
    shown = layout.display(directory / _MAKEFILE)
    for name, stanza in makefiles(directory).items():
        board, *overlays = _sources(directory / f"{name}{_BLOB}", makefiles, ())
        if overlays:
            yield Composite(board, tuple(overlays), Location(shown, stanza.line))


def _sources(blob: Path, makefiles: Callable[[Path], _Stanzas], within: tuple[Path, ...]) -> tuple[Path, ...]:
    """A blob's board and overlays, which may be those of a composite that it begins with.

    `within`: the composites that it is a part of; one that contains itself is taken for a board.
    """
    blob = Path(os.path.normpath(blob))
    stanza = None if blob in within else makefiles(blob.parent).get(blob.stem)
    if stanza is None or not stanza.blobs:
        return (blob.with_suffix(".dts"),)
    first, *others = (blob.parent / member for member in stanza.blobs)
    overlays = (Path(os.path.normpath(other)).with_suffix(".dtso") for other in others)
    return (*_sources(first, makefiles, (*within, blob)), *overlays)


def _stanzas(directory: Path) -> _Stanzas:
    try:
        text = files.text(directory / _MAKEFILE, "replace")
    except OSError:
        return {}
    found: dict[str, _Stanza] = {}
    for match in _STANZA.finditer(text):
        members = tuple(match["members"].replace(_CONTINUED, " ").partition("#")[0].split())
        before = found.get(match["name"])
        if before and match["how"] == "+":
            found[match["name"]] = _Stanza(before.line, before.members + members)
        else:
            found[match["name"]] = _Stanza(text.count("\n", 0, match.start()) + 1, members)
    return found
