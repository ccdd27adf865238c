"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """`1 error`, `2 overlays`, `3 entries`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
    return f"{number} {word if number == 1 else plural}"
