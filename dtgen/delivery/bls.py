"""Loader entries of the Boot Loader Specification (`loader/entries/*.conf`), as systemd-boot reads them."""

from __future__ import annotations

import re

from dtgen.delivery.plan import Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table
from dtgen.diagnostics import Location

_WORD = re.compile(r"\S+")


def read(text: str, file: str) -> Table:
    """One configuration: the entry, where it names a devicetree or overlays.

    systemd-boot does not read `devicetree-overlay`, which the specification has had since 2019; barebox does.
    """
    base: tuple[Piece, ...] = ()
    ignored: tuple[Piece, ...] = ()
    title, where = "", Location(file)
    for number, line in enumerate(text.split("\n"), 1):
        words = list(_WORD.finditer(line))
        if not words or words[0][0].startswith("#"):
            continue
        pieces = tuple(Piece(word[0], Location(file, number, word.start() + 1)) for word in words[1:])
        match words[0][0]:
            case "title":
                title = line.split(None, 1)[-1].strip()
            case "devicetree":
                base, where = pieces[:1], Location(file, number, words[0].start() + 1)
            case "devicetree-overlay":
                ignored += pieces
    if not base and not ignored:
        return Table(file, Form.BLS, ())
    return Table(file, Form.BLS, (Configuration(title or file, where, base, None, ignored),))


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`loader/entries/NAME.conf`, one a base, with the merged devicetree."""
    return {
        f"loader/entries/{entry.merged}.conf": render("bls.j2", {**plan.values, "entry": entry})
        for entry in plan.entries
    }
