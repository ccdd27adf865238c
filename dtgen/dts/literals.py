"""The literals that a property's value is written with: texts, cells, bytes, paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from dtgen.dts.lexer import Kind, Token
from dtgen.dts.syntax import Statement
from dtgen.records import dataclass


class Form(Enum):
    """What a literal is."""

    TEXT = auto()
    CELLS = auto()
    BYTES = auto()
    PATH = auto()
    """`&label` outside of cells."""
    FILE = auto()
    """`/incbin/ (…)`."""


@dataclass(frozen=True, slots=True)
class Literal:
    """What stands between two commas of a value."""

    form: Form
    words: tuple[str, ...] = ()
    """The source of each cell; the digits of all bytes; of a text or a path its token; of a file nothing."""
    bits: int = 32
    """Of each cell."""

    @property
    def data(self) -> bytes:
        """Of a text: what dtc makes of it, with the NUL that ends it."""
        return _unescaped(self.words[0][1:-1]) + b"\0"


_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_NAMED = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


def _unescaped(text: str) -> bytes:
    """Source: get_escape_char() in dtc's util.c."""

    def byte(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, other = match.groups()
        if octal:
            return bytes((int(octal, 8) & 0xFF,))
        if hexadecimal:
            return bytes((int(hexadecimal, 16),))
        return bytes((_NAMED[other],)) if other in _NAMED else other

    return _ESCAPE.sub(byte, text.encode())


def name_of(statement: Statement) -> Token | None:
    """The token of the property's name; None for what is no property, like `/delete-node/ x;`."""
    if statement.first.kind is Kind.KEYWORD:
        return None
    code = _code(statement.tokens)
    for at, token in enumerate(code):
        following = code[at + 1] if at + 1 < len(code) else None
        if token.kind is Kind.WORD and following is not None and following.is_mark("=", ";"):
            return token
        if not (token.kind is Kind.WORD or token.is_mark(":")):
            return None
    return None


def literals(statement: Statement) -> tuple[Literal, ...]:
    """Those of the statement's value, none of a boolean. What cannot be followed is left out."""
    tokens = [token for token in statement.tokens if token.kind is not Kind.COMMENT]
    start = next((at for at, token in enumerate(tokens) if token.is_mark("=")), len(tokens))
    value = tokens[start + 1 :]
    found: list[Literal] = []
    at, bits = 0, 32
    while at < len(value):
        token = value[at]
        if token.text == "/bits/":
            at = _next(value, at)
            bits = int(value[at].text, 0) if value[at].text.isalnum() else 32
        elif token.is_mark("<"):
            end = _closing(value, at, ">")
            found.append(Literal(Form.CELLS, tuple(_cells(value[at + 1 : end])), bits))
            at, bits = end, 32
        elif token.is_mark("["):
            end = _closing(value, at, "]")
            digits = "".join(token.text for token in value[at + 1 : end] if not token.is_gap)
            found.append(Literal(Form.BYTES, (digits,)))
            at = end
        elif token.text == "/incbin/":
            at = _closing(value, at, ")")
            found.append(Literal(Form.FILE))
        elif token.kind is Kind.STRING:
            found.append(Literal(Form.TEXT, (token.text,)))
        elif token.kind is Kind.REFERENCE:
            found.append(Literal(Form.PATH, (token.text,)))
        at += 1
    return tuple(found)


def _code(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if not token.is_gap and token.kind is not Kind.COMMENT]


def _next(tokens: Sequence[Token], at: int) -> int:
    """The place of the next token that is no gap; the last one where there is none."""
    at += 1
    while at < len(tokens) - 1 and tokens[at].is_gap:
        at += 1
    return min(at, len(tokens) - 1)


def _closing(tokens: Sequence[Token], at: int, mark: str) -> int:
    nested = 0
    for place in range(at, len(tokens)):
        nested += tokens[place].is_mark("(") - tokens[place].is_mark(")")
        if tokens[place].is_mark(mark) and nested <= 0:
            return place
    return len(tokens) - 1


def _cells(tokens: Sequence[Token]) -> list[str]:
    """A word, a reference, a character, or what stands in parentheses; a macro may have arguments."""
    found: list[str] = []
    nested, gap = 0, True
    for token in tokens:
        if nested or (token.is_mark("(") and not gap and found):
            found[-1] += token.text
        elif token.is_mark(":"):
            found.pop()  # what was before it is a label
        elif not token.is_gap:
            found.append(token.text)
        nested += token.is_mark("(") - token.is_mark(")")
        gap = token.is_gap
    return found
