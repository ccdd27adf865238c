"""Places of a description that somebody has yet to fill in: `TODO`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dtgen.description.yaml import MAX_SIZE, Document, Keys
from dtgen.diagnostics import Diagnostic, Finding, Location, Severity
from dtgen.errors import Rejected, ToolError
from dtgen.project import files

MARK = "TODO"
"""The value of an open place; the comment behind it says what is asked for."""
RULE = "open-place"


def refuse(merged: Document) -> None:
    """Raises: Rejected with every open place, one a line."""
    open_ = [
        Diagnostic(RULE, Severity.ERROR, place.message, place.location)
        for place in places(merged)
        if place.location
    ]
    if open_:
        raise Rejected(*sorted(open_, key=lambda diagnostic: diagnostic.sort_key))


def places(merged: Document) -> Iterator[Finding]:
    """What is open, one a line."""
    seen: set[Location] = set()
    texts: dict[str, list[str]] = {}
    for keys in _marked(merged.data, ()):
        at = merged.location(keys)
        line = Location(at.file, at.line)
        if line not in seen:
            seen.add(line)
            words = ".".join(key for key in keys if isinstance(key, str))
            asked = _asked(at, texts)
            yield Finding.at(at, f"{words} is still open{f': {asked}' if asked else ''}")


def _marked(value: Any, keys: Keys) -> Iterator[Keys]:
    if value == MARK:
        yield keys
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _marked(inner, (*keys, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _marked(inner, (*keys, index))


def _asked(at: Location, texts: dict[str, list[str]]) -> str:
    """The comment that ends the line."""
    if at.file not in texts:
        try:
            texts[at.file] = files.read(Path(at.file), MAX_SIZE).decode("utf-8", "replace").splitlines()
        except ToolError:
            texts[at.file] = []  # a text that is in no file
    lines = texts[at.file]
    line = lines[at.line - 1] if at.line and at.line <= len(lines) else ""
    return line.rpartition(" # ")[2].strip() if " # " in line else ""
