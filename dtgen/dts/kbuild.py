"""What a kernel tree's Makefiles apply to what: `foo-el2-dtbs := foo.dtb soc-el2.dtbo`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dtgen.project import files

# make takes any name that has no blank, and none of these; a variable in one cannot be followed
_STANZA = re.compile(r"^(?P<name>[^\s:=#$]+)-dtbs\s*(?P<how>[:+?]?)=(?P<members>.*)$", re.MULTILINE)
_CONTINUED = re.compile(r"\\\n")
_MAKEFILE = "Makefile"
_BLOB, _OVERLAY = ".dtb", ".dtbo"

_Stanzas = Mapping[str, tuple[str, ...]]
"""Name to members, the board's blob first."""


@dataclass(frozen=True, slots=True)
class Composite:
    """One stanza, by its sources: a board, and the overlays that are applied to it in their order."""

    board: Path
    overlays: tuple[Path, ...]


def composites(directory: Path) -> Iterator[Composite]:
    """Those of a directory's Makefile. Source: multi_depend in the kernel's scripts/Makefile.lib."""
    makefiles = cache(_stanzas)
    for name in makefiles(directory):
        board, *overlays = _sources(directory / f"{name}{_BLOB}", makefiles, ())
        if overlays:
            yield Composite(board, tuple(overlays))


def _sources(blob: Path, makefiles: Callable[[Path], _Stanzas], within: tuple[Path, ...]) -> tuple[Path, ...]:
    """A blob's board and overlays, which may be those of a composite that it begins with.

    `within`: the composites that it is a part of; one that contains itself is taken for a board.
    """
    blob = Path(os.path.normpath(blob))
    members = () if blob in within else makefiles(blob.parent).get(blob.stem, ())
    if not members:
        return (blob.with_suffix(".dts"),)
    first, *others = (blob.parent / member for member in members)
    overlays = (Path(os.path.normpath(other)).with_suffix(".dtso") for other in others)
    return (*_sources(first, makefiles, (*within, blob)), *overlays)


def _stanzas(directory: Path) -> _Stanzas:
    try:
        text = files.text(directory / _MAKEFILE, "replace")
    except OSError:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for match in _STANZA.finditer(_CONTINUED.sub(" ", text)):
        members = tuple(match["members"].partition("#")[0].split())
        before = found.get(match["name"], ())
        found[match["name"]] = before + members if match["how"] == "+" else members
    return {
        name: (*boards, *overlays)
        for name, members in found.items()
        if len(boards := [member for member in members if member.endswith(_BLOB)]) == 1
        and (overlays := [member for member in members if member.endswith(_OVERLAY)])
    }
