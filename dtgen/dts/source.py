"""The text of an overlay: as a person wrote it, and as dtc saw it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePath

from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Location
from dtgen.dts import includes, places
from dtgen.dts.includes import Included
from dtgen.dts.lexer import Kind, Token, tokens
from dtgen.dts.scan import Scan, scan
from dtgen.dts.syntax import Item, Unparsable, parse
from dtgen.records import dataclass

_EL2_NAME = re.compile(r"(?<![a-z0-9])el2(?![a-z0-9])", re.IGNORECASE)
_EL2 = re.compile(r"\b(?:EL2|KVM|Gunyah)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A source that compiles, as it was written."""

    file: str
    """What messages call it."""
    text: str
    said_for_el2: bool = False
    """Whether somebody said that the overlay is for Linux at EL2."""

    include: tuple[Path, ...] = ()
    """Where it includes from, besides its own directory."""

    @property
    def foreign_includes(self) -> Iterator[Included]:
        """What it includes from elsewhere. Raises: Unreadable."""
        return includes.foreign(Path(self.file), self.text, self.include)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(tokens(self.text))

    @cached_property
    def is_for_el2(self) -> bool:
        """Whether it was said, or its name or a comment says so: what reviewers ask of these holds."""
        comments = (token.text for token in self.tokens if token.kind is Kind.COMMENT)
        named = _EL2_NAME.search(PurePath(self.file).name)
        return self.said_for_el2 or bool(named) or any(map(_EL2.search, comments))

    @cached_property
    def items(self) -> tuple[Item, ...] | None:
        """None where its blocks cannot be followed: `dtgen format` says why."""
        try:
            return tuple(parse(self.text))
        except Unparsable:
            return None

    def place(self, line: int, column: int | None = None) -> Location:
        """Both count from 1."""
        return Location(self.file, line, column)


@dataclass(frozen=True)
class CompiledSource:
    """A source as dtc saw it, included files and all, and what came of it."""

    file: str
    """What messages call it."""
    text: str
    overlay: Overlay

    @cached_property
    def scan(self) -> Scan:
        """Its fragments and deletes."""
        return scan(self.text)

    @cached_property
    def _origins(self) -> list[Location]:
        return places.origins(self.text, self.file)

    def place(self, line: int, column: int | None = None) -> Location:
        """Where a line of the text stands, which may be in another file; the column is that of the text."""
        return replace(self._origins[line - 1], column=column)
