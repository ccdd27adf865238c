"""`extlinux.conf`, as U-Boot's sysboot reads it."""

from __future__ import annotations

import re

from dtgen.delivery.plan import Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded, malformed
from dtgen.diagnostics import Location

# Source: keywords[] in U-Boot's boot/pxe_utils.c
_BASE = ("fdt", "devicetree")
_OVERLAYS = ("fdtoverlays", "devicetree-overlay")
_DIRECTORY = ("fdtdir", "devicetreedir")
ONCE = (*_BASE, *_OVERLAYS, *_DIRECTORY)
"""Of a label; of each kind one."""
OTHERS = ("menu", "kernel", "linux", "append", "initrd", "localboot", "ipappend", "kaslrseed")
"""Of a label, too."""
TOP = ("default", "ontimeout", "timeout", "prompt", "title", "include", "background", "fallback")
"""Behind a label they end it."""
_LINE = re.compile(r"\s*(?P<key>\S+)[ \t]*(?P<value>.*?)\s*$")
_WORD = re.compile(r"\S+")


def read(text: str, file: str) -> Table:
    """One configuration a label that names a devicetree or overlays. Raises: Rejected.

    A label with `fdtdir` leaves the base to U-Boot, so that nobody knows what its overlays go on. Source:
    parse_label() in boot/pxe_utils.c: the first word that is none of a label's ends it.
    """
    reader = _Reader(file)
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match and not match["key"].startswith("#"):
            reader.line(number, match)
    reader.end()
    return Table(
        file,
        Form.EXTLINUX,
        bounded(reader.found, file),
        default=reader.default,
        plain=frozenset(reader.labels),
        ends=tuple(reader.ends),
    )


class _Reader:
    """Goes through the lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Configuration] = []
        self.ends: list[Piece] = []
        self.default: Piece | None = None
        self.labels: dict[str, Location] = {}
        self.label: Piece | None = None
        self.left: Piece | None = None
        """The word of the top level at which the last label was left, where nothing is lost by that yet."""
        self.values: dict[str, tuple[Piece, ...]] = {}

    def line(self, number: int, match: re.Match[str]) -> None:
        key, where = match["key"].lower(), Location(self.file, number, match.start("key") + 1)
        words = tuple(
            Piece(word[0], Location(self.file, number, match.start("value") + word.start() + 1))
            for word in _WORD.finditer(match["value"])
        )
        if key == "label":
            self.end()
            self.begin(match["value"], where)
        elif key in TOP:
            if self.label:
                self.left = Piece(match["key"], where)
            self.end()
            if key in ("default", "ontimeout") and words:
                self.default = Piece(match["value"], words[0].location)
        elif self.left and key in ONCE:
            self.ends.append(self.left)
            self.left = None
        elif self.label:
            self.word(key, Piece(match["key"], where), words)

    def begin(self, name: str, where: Location) -> None:
        if not name:
            raise malformed("a label needs a name", where)
        if name in self.labels:
            first = self.labels[name].line
            raise malformed(f"the label {name} is here twice (first in line {first})", where)
        self.labels[name] = where
        self.label, self.left = Piece(name, where), None

    def word(self, key: str, at: Piece, words: tuple[Piece, ...]) -> None:
        """A line of a label."""
        kind = next((kind for kind in (_BASE, _OVERLAYS, _DIRECTORY) if key in kind), None)
        if kind is None and key in OTHERS:
            return
        if kind is None or kind[0] in self.values:
            # of a second one U-Boot takes the value for a word, which it does not know
            self.ends.append(at)
            self.end()
            return
        if kind is _BASE and len(words) != 1:
            help = "U-Boot takes no blanks in paths, and overlays stand behind fdtoverlays"
            raise malformed(f"{at.name} takes one file, and here are {len(words)}", at.location, help)
        self.values[kind[0]] = words

    def end(self) -> None:
        """Of a label, if one is open."""
        base, overlays = self.values.get(_BASE[0], ()), self.values.get(_OVERLAYS[0], ())
        if self.label and base:
            self.found.append(Configuration(self.label.name, self.label.location, (*base, *overlays)))
        elif self.label and overlays and _DIRECTORY[0] not in self.values:
            self.found.append(Configuration(self.label.name, self.label.location, (), None, overlays))
        self.label, self.values = None, {}


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`extlinux/extlinux.conf`: a label for each base; the first is the default."""
    return {"extlinux/extlinux.conf": render("extlinux.j2", plan.values)}
