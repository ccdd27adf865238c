"""What sentences are made of: numbers, and names that are like another."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, word: str) -> str:
    """`1 error`, `2 overlays`, `3 entries`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def near_names(name: str, names: Iterable[str], most: int = 1, likeness: float = 0.6) -> list[str]:
    """Those that `name` may stand for, the likeliest first. `likeness`: what is enough, of 1."""
    import difflib

    return difflib.get_close_matches(name, list(names), most, likeness)
