"""A diagnostic for people: `file:line: severity: message [rule]`, the line with a mark, places, help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dtgen.diagnostics import Diagnostic, Location, Place
from dtgen.report.style import Style
from dtgen.report.visible import visible, width

_TAB = 4
"""Columns, so that what is deep in a node still fits."""
_CLOSING = {"[": "]", "{": "}", "<": ">", '"': '"'}
_WORD = re.compile(r"&?[\w,.+?#@/-]+|&\{[^}]*\}|.")


def message(diagnostic: Diagnostic, style: Style, mark: str = "", on: Sequence[str] = ()) -> Iterator[str]:
    """Its lines. `mark`: behind the first; `on`: the bases that it is found on, where that is to be said."""
    yield (
        f"{_place(diagnostic.location, style)}: {style.severity(diagnostic.severity)}: "
        f"{diagnostic.message} {style.paint(f'[{diagnostic.rule}]', 'dim')}{mark}"
    )
    yield from _source(diagnostic, style)
    if on:
        yield f"    on {', '.join(on)}"
    if diagnostic.at:
        yield f"    {diagnostic.at.subject}{_elsewhere(diagnostic.at, diagnostic.location)}"
    for place in diagnostic.also:
        yield f"    also {place.subject}   ({place.location})"
    yield from (f"    {line}" for line in diagnostic.excerpt.splitlines())
    if diagnostic.original and style.verbosity > 0:
        yield f"    dtschema: {diagnostic.original}"
    if diagnostic.help:
        yield f"    {style.paint('help', 'green')}: {diagnostic.help}"
    if diagnostic.allowed:
        yield f"    allowed: {diagnostic.allowed}"


def _elsewhere(place: Place, location: Location) -> str:
    return f"   ({place.location})" if place.location != location else ""


def _place(location: Location, style: Style) -> str:
    shown = style.paint(str(location), "bold")
    return style.link(shown, Path(location.file).absolute().as_uri()) if location.line else shown


def _source(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    """The line that a person edits, and a mark under what is wrong there, where the column is known."""
    where = diagnostic.location
    line = style.source(where.file, where.line) if where.line and style.verbosity >= 0 else None
    if line is None or not line.strip():
        return
    gutter = f"    {where.line} | "
    start = min((where.column or 1) - 1, len(line))
    before, marked = _seen(line[:start]), _marked(line[start:])
    behind = _seen(line[start:])
    if len(before) > (room := style.width // 2):
        before = "…" + before[-room + 1 :]
    left = style.width - len(gutter) - len(before)
    if width(behind) > left:
        behind = behind[: max(left - 1, 1)] + "…"
    yield f"{style.paint(gutter, 'dim')}{before}{behind}".rstrip()
    if where.column is not None:
        length = max(min(width(_seen(marked)), left), 1)
        blank = f"{' ' * (len(gutter) - 2)}| "
        pointer = style.paint("^" * length, "bold", style.color_of(diagnostic.severity))
        yield f"{style.paint(blank, 'dim')}{' ' * width(before)}{pointer}"


def _seen(text: str) -> str:
    return visible(text.expandtabs(_TAB))


def _marked(text: str) -> str:
    """The word that a text begins with, or all to the bracket that closes its first."""
    opening = text[:1]
    if opening in _CLOSING:
        depth = 0
        for place, character in enumerate(text):
            depth += (character == opening) - (character == _CLOSING[opening] and place > 0)
            if not depth or (place and opening == '"' == character):
                return text[: place + 1]
    found = _WORD.match(text)
    return (found[0].rstrip(",:") or found[0]) if found else ""
