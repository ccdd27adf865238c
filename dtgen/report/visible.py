"""Text of trees and files as a page or a picture may hold it: what cannot be seen is written out."""

from __future__ import annotations

import unicodedata

_WRITTEN_OUT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Controls, marks that turn the direction of what follows, halves of pairs: Unicode's general categories."""


def visible(text: str) -> str:
    r"""A text in which every character can be seen, and none turns the text around: `\u202e`.

    Line feeds and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text))


def _seen(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _WRITTEN_OUT:
        return character
    return f"\\u{ord(character):04x}"


def width(text: str) -> int:
    """In columns of a monospaced font."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def shortened(text: str, columns: int) -> str:
    """At most so many columns; what is cut off is marked with an ellipsis."""
    text = text[: columns * 4 + 1]  # combining marks have no width
    if width(text) <= columns:
        return text
    while width(text) >= columns:
        text = text[:-1]
    return f"{text}…"
