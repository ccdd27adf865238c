"""`extlinux.conf`, as U-Boot's sysboot reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.plan import Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded, malformed
from dtgen.diagnostics import Location

# Source: keywords[] in U-Boot's boot/pxe_utils.c
_BASE = ("fdt", "devicetree")
_OVERLAYS = ("fdtoverlays", "devicetree-overlay")
_DIRECTORY = ("fdtdir", "devicetreedir")
_LINE = re.compile(r"\s*(?P<key>\S+)[ \t]*(?P<value>.*?)\s*$")
_WORD = re.compile(r"\S+")


def read(text: str, file: str) -> Table:
    """One configuration a label that names a devicetree or overlays. Raises: Rejected.

    A label with `fdtdir` leaves the base to U-Boot, so that nobody knows what its overlays go on.
    """
    return Table(file, Form.EXTLINUX, bounded(list(_labels(text, file)), file))


def _labels(text: str, file: str) -> Iterator[Configuration]:
    name, where = "", Location(file)
    base: tuple[Piece, ...] = ()
    overlays: tuple[Piece, ...] = ()
    chosen = False
    seen: dict[str, Location] = {}

    def configuration() -> Iterator[Configuration]:
        if base:
            yield Configuration(name, where, (*base, *overlays))
        elif overlays and not chosen:
            yield Configuration(name, where, (), None, overlays)

    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match is None or match["key"].startswith("#"):
            continue
        key = match["key"].lower()
        words = tuple(
            Piece(word[0], Location(file, number, match.start("value") + word.start() + 1))
            for word in _WORD.finditer(match["value"])
        )
        if key == "label":
            yield from configuration()
            name, where = match["value"], Location(file, number, match.start("key") + 1)
            base, overlays, chosen = (), (), False
            if not name:
                raise malformed("a label needs a name", where)
            if name in seen:
                raise malformed(f"the label {name} is here twice (first in line {seen[name].line})", where)
            seen[name] = where
        elif key in _BASE:
            base = words[:1]
            if len(words) != 1:
                place = Location(file, number, match.start("key") + 1)
                help = "U-Boot takes no blanks in paths, and overlays stand behind fdtoverlays"
                raise malformed(f"{match['key']} takes one file, and here are {len(words)}", place, help)
        elif key in _OVERLAYS:
            overlays = words
        elif key in _DIRECTORY:
            chosen = True
    yield from configuration()


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`extlinux/extlinux.conf`: a label for each base; the first is the default."""
    return {"extlinux/extlinux.conf": render("extlinux.j2", plan.values)}
