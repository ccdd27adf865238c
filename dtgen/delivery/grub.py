"""GRUB's `devicetree` commands: each replaces the one before it, so that only merged devicetrees work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.plan import Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded
from dtgen.diagnostics import Location

_ENTRY = re.compile(r"\s*menuentry\s+(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<bare>\S+))")
_COMMAND = re.compile(r"\s*(?P<command>devicetree|devicetree_overlay)\s+(?P<files>.*?)\s*$")
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|\S+")


def read(text: str, file: str) -> Table:
    """One configuration a menu entry that names a devicetree; those behind the first are ignored."""
    return Table(file, Form.GRUB, bounded(list(_entries(text, file)), file))


def _entries(text: str, file: str) -> Iterator[Configuration]:
    title, where = "the commands before any menu entry", Location(file)
    pieces: tuple[Piece, ...] = ()

    def configuration() -> Iterator[Configuration]:
        if pieces:
            yield Configuration(title, where, pieces[:1], None, pieces[1:])

    for number, line in enumerate(text.split("\n"), 1):
        entry, command = _ENTRY.match(line), _COMMAND.match(line)
        if entry:
            yield from configuration()
            title = entry["single"] or entry["double"] or entry["bare"] or ""
            where, pieces = Location(file, number, line.index("menuentry") + 1), ()
        elif command:
            start = command.start("files")
            pieces += tuple(
                Piece(word[0].strip("'\""), Location(file, number, start + word.start() + 1))
                for word in _WORD.finditer(command["files"])
            )
    yield from configuration()


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`grub.cfg`: a menu entry for each base, with the merged devicetree."""
    return {"grub.cfg": render("grub.j2", plan.values)}
