"""A kernel's Makefiles: `foo-el2-dtbs := foo.dtb soc-el2.dtbo`, `dtb-$(CONFIG_ARCH_QCOM) += foo-el2.dtb`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded, logical_lines
from dtgen.diagnostics import Location

_COMPOSITE = re.compile(r"(?P<name>[\w.+,@-]+)-dtbs\s*(?P<sign>[:+?]?=)")
_INSTALLED = re.compile(r"dtb-(?:\$[({]\w+[)}]|[ym])?\s*[:+?]?=")
_WORD = re.compile(r"\S+")


def mentions(text: str) -> bool:
    """Whether a Makefile applies overlays."""
    return any(_COMPOSITE.match(line) for line in text.split("\n"))


def read(text: str, file: str) -> Table:
    """Raises: Rejected. Source: multi_depend in the kernel's scripts/Makefile.lib; scripts/Makefile.dtbs."""
    found: dict[str, Configuration] = {}
    installed: set[str] = set()
    for number, parts in logical_lines(text):
        whole = "".join(part for _, part in parts)
        composite, lines = _COMPOSITE.match(whole), _INSTALLED.match(whole)
        match = composite or lines
        if match is None:
            continue
        pieces = tuple(_pieces(parts, match.end(), file))
        if composite is None:
            installed.update(piece.name for piece in pieces)
            continue
        name = composite["name"]
        earlier = found.get(name)
        if earlier and composite["sign"] == "+=":
            pieces = (*earlier.pieces, *pieces)
        where = earlier.location if earlier else Location(file, number, 1)
        found[name] = Configuration(name, where, pieces)
    return Table(file, Form.MAKEFILE, bounded(list(found.values()), file), {}, frozenset(installed))


def _pieces(parts: list[tuple[int, str]], start: int, file: str) -> Iterator[Piece]:
    """The words up to a comment."""
    passed = 0
    for number, part in parts:
        text, hash_, _ = part.partition("#")
        for word in _WORD.finditer(text):
            if passed + word.start() >= start:
                yield Piece(word[0], Location(file, number, word.start() + 1))
        passed += len(part)
        if hash_:
            return
