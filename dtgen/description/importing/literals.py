"""A property's bytes as a value of a description, as much like the source as its bytes allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any

from dtgen.description.open_places import MARK
from dtgen.devicetree.tree import Property
from dtgen.dts.literals import Form, Literal
from dtgen.records import dataclass

Word = int | str
"""A cell: a number, or the name of a label or a constant."""

_NEGATIVE = re.compile(r"\(\s*-\s*\w+\s*\)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MAX_TEXT = 65536


@dataclass(slots=True)
class Names:
    """Names of numbers that the source has, as far as each is of one number."""

    numbers: dict[str, int] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)

    def note(self, name: str, number: int) -> None:
        if self.numbers.setdefault(name, number) != number:
            self.ambiguous.add(name)


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A property and what is known of how it was written."""

    prop: Property
    references: Mapping[int, str]
    """Byte offset to label."""
    literals: Sequence[Literal] = ()
    """None: they are not known."""
    typed: Sequence[Literal] = ()
    """The same before the preprocessor; none where they are not known."""

    def names(self) -> Iterator[tuple[str, int]]:
        """The macros that stand for one cell, with their numbers."""
        if len(self.typed) != len(self.literals):
            return
        for literal, typed, numbers in zip(self.literals, self.typed, self._numbers(), strict=True):
            if literal.form is not Form.CELLS or len(typed.words) != len(literal.words):
                continue
            for word, was, number in zip(literal.words, typed.words, numbers, strict=True):
                if was != word and _NAME.fullmatch(was) and isinstance(number, int):
                    yield was, number

    @property
    def is_computed(self) -> bool:
        """Whether cells of it were macros or expressions."""
        return any(
            word.startswith("(") or _NAME.match(word)
            for literal in (self.typed or self.literals)
            if literal.form is Form.CELLS
            for word in literal.words
        )

    def value(self, constants: Mapping[str, int]) -> Any:
        """As the format has it. `constants`: the names that may be used."""
        if not self.prop.value:
            return True
        if not self._known:
            return self._guessed()
        parts: list[Any] = []
        at = 0
        typed = self.typed if len(self.typed) == len(self.literals) else self.literals
        for literal, was, numbers in zip(self.literals, typed, self._numbers(), strict=True):
            data = self.prop.value[at : at + _size(literal, self.prop.value[at:])]
            at += len(data)
            if literal.form is Form.CELLS:
                words = _named(numbers, was.words, constants)
                if words:
                    _append_cells(parts, words, literal.bits)
            elif literal.form is Form.PATH:
                parts.append({"path": literal.words[0].removeprefix("&")})
            elif literal.form is Form.TEXT and (text := _text(data)) is not None:
                parts.append(text)
            else:
                parts.append({"bytes": data.hex(" ")})
        return _simplest(parts)

    @property
    def words(self) -> list[Word] | None:
        """Its cells of 32 bits; None where it has other things."""
        if self._known and any(
            literal.form is not Form.CELLS or literal.bits != 32 for literal in self.literals
        ):
            return None
        if len(self.prop.value) % 4 or any(offset % 4 for offset in self.references):
            return None
        if not self._known and not self.references and self.prop.is_strings:
            return None
        return [self.references.get(at * 4, cell) for at, cell in enumerate(self.prop.cells)]

    @property
    def _known(self) -> bool:
        """Whether the literals are of this value."""
        if not self.literals or any(literal.form is Form.FILE for literal in self.literals[:-1]):
            return False
        value, at = self.prop.value, 0
        for literal in self.literals:
            at += _size(literal, value[at:])
        return at == len(value)

    def _numbers(self) -> Iterator[list[Word]]:
        """Of each literal the values of its cells."""
        at = 0
        for literal in self.literals:
            size = _size(literal, self.prop.value[at:])
            words: list[Word] = []
            if literal.form is Form.CELLS:
                step = literal.bits // 8
                for offset, source in zip(range(at, at + size, step), literal.words, strict=False):
                    number = int.from_bytes(self.prop.value[offset : offset + step], "big")
                    if _NEGATIVE.fullmatch(source):
                        number -= 1 << literal.bits
                    words.append(self.references.get(offset, number) if step == 4 else number)
            yield words
            at += size

    def _guessed(self) -> Any:
        """Of a value of which there are the bytes alone. Source: guess_value_type() in dtc's treesource.c."""
        value = self.prop.value
        if not self.references and self.prop.is_strings and MARK not in self.prop.strings:
            return _simplest(list(self.prop.strings))
        parts: list[Any] = []
        words = self.words
        if words is None:
            at = 0
            for offset, label in sorted(self.references.items()):
                _append_bytes(parts, value[at:offset])
                _append_cells(parts, [label], 32)
                at = offset + 4
            _append_bytes(parts, value[at:])
            return _simplest(parts)
        starts = [at for at, word in enumerate(words) if isinstance(word, str)]
        groups = starts if starts[:1] == [0] else [0]
        for start, end in pairwise([*groups, len(words)]):
            _append_cells(parts, words[start:end], 32)
        return _simplest(parts)


def _size(literal: Literal, rest: bytes) -> int:
    """How many bytes a literal takes of what is left of the value."""
    match literal.form:
        case Form.TEXT:
            return len(literal.data)
        case Form.CELLS:
            return len(literal.words) * literal.bits // 8
        case Form.PATH:
            return rest.find(b"\0") + 1
        case Form.BYTES:
            return len(literal.words[0]) // 2
        case Form.FILE:
            return len(rest)  # what may follow it is not looked for


def _named(numbers: Sequence[Word], typed: Sequence[str], constants: Mapping[str, int]) -> list[Word]:
    if len(numbers) != len(typed):
        return list(numbers)
    return [
        was if isinstance(number, int) and constants.get(was) == number else number
        for number, was in zip(numbers, typed, strict=True)
    ]


def _append_bytes(parts: list[Any], data: bytes) -> None:
    if data:
        parts.append({"bytes": data.hex(" ")})


def _append_cells(parts: list[Any], words: list[Word], bits: int) -> None:
    """Groups of cells of one size stand together."""
    last = parts[-1] if parts and isinstance(parts[-1], dict) else {}
    if "cells" in last and last.get("bits", 32) == bits:
        last["cells"].append(words)
        return
    entry: dict[str, Any] = {"cells": [words]}
    if bits != 32:
        entry["bits"] = bits
    parts.append(entry)


def _simplest(parts: list[Any]) -> Any:
    for part in parts:
        if isinstance(part, dict) and "cells" in part and len(part["cells"]) == 1:
            part["cells"] = part["cells"][0]
    if len(parts) != 1:
        return parts
    match parts[0]:
        case {"cells": [int() as number], **rest} if not rest and number >= -(1 << 31):
            return number
        case _:
            return parts[0]


def _text(data: bytes) -> str | None:
    """A text that a description can hold and that comes out the same."""
    try:
        text = data[:-1].decode("ascii")
    except UnicodeDecodeError:
        return None
    plain = all(character.isprintable() or character in "\n\t" for character in text)
    return text if plain and text != MARK and len(text) <= _MAX_TEXT else None
