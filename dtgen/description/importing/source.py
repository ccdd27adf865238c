"""What an overlay's source says beyond its blob: how values are written, names of numbers, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from dtgen.devicetree import blob
from dtgen.diagnostics import Location
from dtgen.dts import compiler, places, preprocessor, syntax
from dtgen.dts.compiler import Tool
from dtgen.dts.lexer import Token
from dtgen.dts.literals import Literal, literals, name_of
from dtgen.dts.syntax import Block, Comment, Item, Statement, Unparsable
from dtgen.project import files, layout
from dtgen.records import dataclass

Place = tuple[str, str | None]
"""A node's path in the overlay's blob, and a property of it or None."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment: its text in one line, and what it stands right above, None where that is nothing."""

    text: str
    location: Location
    place: Place | None


@dataclass(frozen=True, slots=True)
class WrittenSource:
    """Empty for an overlay that was read from a blob."""

    values: Mapping[Place, tuple[Literal, ...]] = field(default_factory=dict)
    """As dtc sees them."""
    typed: Mapping[Place, tuple[Literal, ...]] = field(default_factory=dict)
    """As they were written, with macros; where that is known."""
    remarks: tuple[Remark, ...] = ()
    """The file's own, but for those before its first directive or block."""
    head: str = ""
    """The comments that the file begins with."""


def read(file: Path, include: Sequence[Path], dtc: Tool) -> WrittenSource:
    """Of a source that compiles; `include`: besides its own directory. Raises: Rejected, ToolError."""
    along = (*include, file.parent)
    data = preprocessor.preprocess(file, along, compiler.find_cpp(), comments=True)
    text = data.decode("utf-8", "replace")
    return _Reader(file, text, places.positions(places.without_markers(text), "", dtc, along)).read()


class _Reader:
    """Goes through a preprocessed text whose line markers are blank, as dtc did."""

    def __init__(self, file: Path, text: str, positions: Mapping[Place, Location]) -> None:
        self.file = file
        self.text = places.without_markers(text)
        self.origins = places.origins(text, str(file))
        self.properties = {
            (at.line, at.column): place
            for place, at in positions.items()
            if place[1] is not None and not at.file
        }
        # of a block dtc has the place of the brace
        self.nodes = {at.line: place for place, at in positions.items() if place[1] is None and not at.file}
        self.raw = files.read(file, blob.MAX_SIZE).decode("utf-8", "replace")
        self.typed = _typed(self.raw)
        self.values: dict[Place, tuple[Literal, ...]] = {}
        self.as_typed: dict[Place, tuple[Literal, ...]] = {}
        self.remarks: list[Remark] = []

    def read(self) -> WrittenSource:
        self.items(syntax.parse(self.text))
        head = _head(self.raw)
        return WrittenSource(
            self.values,
            self.as_typed,
            tuple(remark for remark in self.remarks if (remark.location.line or 0) > head.count("\n")),
            head,
        )

    def items(self, items: Sequence[Item]) -> None:
        above: list[Comment] = []
        for item in items:
            if isinstance(item, Comment):
                above = [*(() if item.blank else above), item]
                self.remark_all(item.trailing)
                continue
            if isinstance(item, Statement):
                place = self.statement(item)
            elif isinstance(item, Block):
                place = self.nodes.get(item.head[-1].line)
                self.remark_all((*item.opening, *item.trailing))
            else:
                continue
            if above:
                words = " ".join(_plain(comment.token.text) for comment in above)
                self.remark(words, above[0].token.line, None if item.blank else place)
            above = []
            if isinstance(item, Block):
                self.items(item.items)
        for comment in above:
            self.remark(_plain(comment.token.text), comment.token.line, None)

    def statement(self, statement: Statement) -> Place | None:
        self.remark_all(statement.trailing)
        name = name_of(statement)
        place = self.properties.get((name.line, name.column)) if name else None
        if name is None or place is None:
            return None
        self.values[place] = literals(statement)
        key = (self.at(name.line).line, name.text)
        if key in self.typed:
            self.as_typed[place] = self.typed[key]
        return place

    def at(self, line: int) -> Location:
        """Where a line of the preprocessed text stands, as messages have it."""
        origin = self.origins[line - 1]
        return Location(layout.display(Path(origin.file)), origin.line)

    def remark_all(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if not token.is_gap:
                self.remark(_plain(token.text), token.line, None)

    def remark(self, text: str, line: int, place: Place | None) -> None:
        """Of the file itself: what an included one says of itself is nobody's loss."""
        if text and self.origins[line - 1].file == str(self.file):
            self.remarks.append(Remark(text, self.at(line), place))


def _typed(text: str) -> dict[tuple[int | None, str], tuple[Literal, ...]]:
    """By line and name; none where `#if` makes the blocks."""
    try:
        items = syntax.parse(text)
    except Unparsable:
        return {}
    return {
        (name.line, name.text): literals(statement)
        for statement in _statements(items)
        if (name := name_of(statement))
    }


def _statements(items: Sequence[Item]) -> Iterator[Statement]:
    for item in items:
        if isinstance(item, Statement):
            yield item
        elif isinstance(item, Block):
            yield from _statements(item.items)


_HEAD = re.compile(r"(?:\s*(?://[^\n]*|/\*.*?\*/))*\s*", re.DOTALL)


def _head(text: str) -> str:
    """The comments that a file begins with."""
    match = _HEAD.match(text)
    return match[0] if match else ""


def _plain(comment: str) -> str:
    """A comment's words in one line."""
    text = comment[2:].removesuffix("*/") if comment.startswith("/*") else comment[2:]
    return " ".join(line.strip().lstrip("*").strip() for line in text.split("\n")).strip()
