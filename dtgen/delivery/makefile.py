"""A kernel's Makefiles: `foo-el2-dtbs := foo.dtb soc-el2.dtbo`, `dtb-$(CONFIG_ARCH_QCOM) += foo-el2.dtb`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dtgen.delivery.plan import Entry, Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded, logical_lines
from dtgen.diagnostics import Location
from dtgen.errors import ToolError

_COMPOSITE = re.compile(r"(?P<name>[\w.+,@-]+)-dtbs\s*(?P<sign>[:+?]?=)")
_INSTALLED = re.compile(r"dtb-(?:\$[({]\w+[)}]|[ym])?\s*[:+?]?=")
_VARIABLE = "$(CONFIG_ARCH_QCOM)"
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


def updated(text: str, file: str, plan: Plan) -> str:
    """A Makefile with the stanzas of the plan: changed where they are, else behind the line of their base.

    Raises: ToolError where a stanza has what the plan does not deliver.
    """
    for entry in plan.entries:
        text = _with(text, file, entry)
    return text


def _with(text: str, shown: str, entry: Entry) -> str:
    members = (f"{entry.base}.dtb", *(f"{overlay}.dtbo" for overlay in entry.overlays))
    stanza, file = f"{entry.merged}-dtbs := {' '.join(members)}", f"{entry.merged}.dtb"
    table = read(text, shown)
    same = next((c for c in table.configurations if c.name == entry.merged), None)
    if same and (others := [piece for piece in same.pieces if piece.name not in members]):
        raise ToolError(
            f"{others[0].location}: {entry.merged}-dtbs has {others[0].name}, too, which is not delivered",
            "name it under `deliver: around:` of the description, or take it out there",
        )
    if same and tuple(piece.name for piece in same.pieces) != members:
        text = _replaced(text, entry.merged, stanza)
    if same and file in (table.installed or ()):
        return text
    lines = text.split("\n")
    number, variable = _place(lines, entry)
    line = f"dtb-{variable}\t+= {file}"
    new = [line] if same else ["", stanza, "", line]
    rest = lines[number:]
    if not same and rest and rest[0].strip():
        new.append("")
    return "\n".join((*lines[:number], *new, *rest))


def _replaced(text: str, name: str, stanza: str) -> str:
    """With the stanza in place of the first line about a name, and without the others; all else stays."""
    lines, kept, done = text.split("\n"), [], False
    for start, parts in logical_lines(text):
        composite = _COMPOSITE.match("".join(part for _, part in parts))
        if composite is None or composite["name"] != name:
            kept += lines[start - 1 : start - 1 + len(parts)]
        elif not done:
            kept.append(stanza)
            done = True
    return "\n".join(kept)


def _place(lines: Sequence[str], entry: Entry) -> tuple[int, str]:
    """Behind which line, from 1, an entry is put, and the variable that decides whether it is built.

    Behind the last that names it, or its base; else behind the last `dtb-` line.
    """
    found: tuple[int, int, str] = (0, len(lines), _VARIABLE)
    for start, parts in logical_lines("\n".join(lines)):
        whole = "".join(part for _, part in parts)
        installed, composite = _INSTALLED.match(whole), _COMPOSITE.match(whole)
        variable = whole[4 : whole.index("=")].rstrip(" \t+:?") if installed else found[2]
        rank = 0
        if composite and composite["name"] == entry.merged:
            rank = 3
        elif installed:
            rank = 2 if f"{entry.base}.dtb" in whole[installed.end() :].split() else 1
        if rank and rank >= found[0]:
            found = (rank, start + len(parts) - 1, variable or _VARIABLE)
    return found[1], found[2]


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


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`Makefile`: stanzas for the kernel's, where `dtgen deliver --update` puts them."""
    return {"Makefile": render("makefile.j2", plan.values)}
