"""What a kernel tree's Makefiles apply to what: `foo-el2-dtbs := foo.dtb soc-el2.dtbo`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dtgen.project import files

_STANZA = re.compile(r"^[\w.+-]+-dtbs\s*[:+]?=\s*(?P<members>.*)$", re.MULTILINE)
_CONTINUED = re.compile(r"\\\n")
_MAKEFILE = "Makefile"


@dataclass(frozen=True, slots=True)
class Composite:
    """One stanza, by its sources: a board, and the overlays that are applied to it in their order."""

    board: Path
    overlays: tuple[Path, ...]


def composites(directory: Path) -> Iterator[Composite]:
    """Those of a directory's Makefile. Source: multi_depend in the kernel's scripts/Makefile.lib."""
    try:
        text = files.text(directory / _MAKEFILE, "replace")
    except OSError:
        return
    for match in _STANZA.finditer(_CONTINUED.sub(" ", text)):
        members = match["members"].partition("#")[0].split()
        boards = [directory / name for name in members if name.endswith(".dtb")]
        overlays = [directory / name for name in members if name.endswith(".dtbo")]
        if boards and overlays:
            yield Composite(
                boards[0].with_suffix(".dts"), tuple(overlay.with_suffix(".dtso") for overlay in overlays)
            )
