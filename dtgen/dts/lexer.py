"""A devicetree source as tokens that lose nothing: put together again, they are the source.

The source is the one that a person edits, with its comments and preprocessor lines, not what cpp made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from dtgen.records import dataclass

TAB = 8
"""Columns. Source: the kernel's dts-coding-style.rst."""


class Kind(Enum):
    """What a token is."""

    SPACE = auto()
    """Blanks within a line."""
    NEWLINE = auto()
    COMMENT = auto()
    """`/* … */`, or `// …` without the end of its line."""
    DIRECTIVE = auto()
    """A line of the preprocessor with those that a backslash continues."""
    STRING = auto()
    KEYWORD = auto()
    """`/dts-v1/`, `/bits/`, …"""
    REFERENCE = auto()
    """`&label` or `&{/path}`."""
    WORD = auto()
    """A name, a number or a macro."""
    PUNCTUATION = auto()
    """One character."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a source and where it starts."""

    kind: Kind
    text: str
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    offset: int
    """In columns of a terminal, from 0: a tab goes to the next multiple of `TAB`."""
    value: bool
    """Whether it stands behind a `=`, in the value of a property."""

    @property
    def is_gap(self) -> bool:
        """Whether it is white space."""
        return self.kind in (Kind.SPACE, Kind.NEWLINE)

    def is_mark(self, *marks: str) -> bool:
        """Whether it is one of these characters of punctuation."""
        return self.kind is Kind.PUNCTUATION and self.text in marks


# Source: dtc-lexer.l, but for the preprocessor's lines, which cpp has removed before dtc sees the text.
# A property may be called `#size-cells`, and cpp takes only its own words for its own, too.
_DIRECTIVES = "define|elif|else|endif|error|ident|if|ifdef|ifndef|include|line|pragma|undef|warning"


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(
        r"(?P<NEWLINE>\r?\n)"
        rf"|(?P<DIRECTIVE>(?<![^\n])[ \t]*#[ \t]*(?:{_DIRECTIVES})\b(?:/\*.*?\*/|\\\r?\n|[^\r\n])*)"
        r"|(?P<SPACE>(?:[ \t\f\v]|\r(?!\n))+)"
        r"|(?P<COMMENT>/\*.*?\*/|//[^\r\n]*)"
        r"|(?P<STRING>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\\n])+')"
        r"|(?P<KEYWORD>/[a-z][a-z0-9-]*/)"
        r"|(?P<REFERENCE>&(?:[A-Za-z_]\w*|\{[^}\n]*\}))"
        rf"|(?P<WORD>{word})"
        r"|(?P<PUNCTUATION>.)",
        re.DOTALL | re.ASCII,
    )


# the characters of a node's name are operators in a value
_IN_NAMES = _pattern(r"[\w,.+?#@-]+")
_IN_VALUES = _pattern(r"\w+")
_HEX = re.compile(r"^0[xX][0-9a-fA-F]+(?=[UL]*$)")
_BYTES = re.compile(rf"{_HEX.pattern}|^[0-9a-fA-F]+$")


def tokens(text: str) -> Iterator[Token]:
    """All of the source. Never fails: what is no token of the language comes as punctuation."""
    at, line, start, offset, value = 0, 1, 0, 0, False
    while at < len(text):
        match = (_IN_VALUES if value else _IN_NAMES).match(text, at)
        if match is None:
            raise AssertionError("the last alternative takes any character")
        kind, found = Kind[match.lastgroup or ""], match[0]
        yield Token(kind, found, line, at - start + 1, offset, value)
        if kind is Kind.PUNCTUATION:
            value = found == "=" or (value and found not in ";{}")
        at = match.end()
        if "\n" in found:
            line += found.count("\n")
            start = at - len(found) + found.rindex("\n") + 1
            offset = width(text[start:at])
        else:
            offset += width(found, offset)


def code(text: str) -> list[Token]:
    """The source without white space, comments and the preprocessor's lines."""
    return [t for t in tokens(text) if not t.is_gap and t.kind not in (Kind.COMMENT, Kind.DIRECTIVE)]


def lower_hex(token: Token, in_bytes: bool) -> str:
    """The token's text with the digits of a number in lower case; padding and suffix as they are.

    `in_bytes`: whether it stands in `[…]`, where numbers have no prefix.
    """
    pattern = _BYTES if in_bytes else _HEX
    return pattern.sub(lambda match: match[0].lower(), token.text) if token.kind is Kind.WORD else token.text


def width(text: str, start: int = 0) -> int:
    """How many columns a part of a line takes that starts at this one."""
    before = start % TAB
    return len((" " * before + text).expandtabs(TAB)) - before
