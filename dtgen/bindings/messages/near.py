"""Names that look alike: what difflib finds among thousands, asked only of the few that can be near enough.

The ratio of two texts, by which difflib orders them, is at most that of the letters that they have in common.
Each letter's first, second, … occurrence is a bit, so that common letters are counted by one operation on two
numbers.
Source: get_close_matches() and SequenceMatcher.quick_ratio() in Python's difflib.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from math import ceil

_MOST = 5
_LEAST_RATIO = 0.85


@cache
def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The nearest first. Kept, since a tree has one property in many nodes."""
    import difflib

    letters, length = _letters(name), len(name)
    possible: list[str] = []
    for size, others in _by_length(known).items():
        # first by the letters of the shorter one, as if all of them were in the other
        if 2.0 * min(length, size) < _LEAST_RATIO * (length + size):
            continue
        least = ceil(_LEAST_RATIO * (length + size) / 2.0)
        possible += [other for theirs, other in others if (letters & theirs).bit_count() >= least]
    return difflib.get_close_matches(name, possible, _MOST, _LEAST_RATIO)


@cache
def _by_length(names: Sequence[str]) -> dict[int, list[tuple[int, str]]]:
    """With their letters."""
    found: dict[int, list[tuple[int, str]]] = {}
    for name in names:
        found.setdefault(len(name), []).append((_letters(name), name))
    return found


_bits: defaultdict[tuple[str, int], int] = defaultdict(lambda: 1 << len(_bits))
"""Of a letter, and of how many like it stand before it."""


@cache
def _letters(name: str) -> int:
    found, seen = 0, Counter[str]()
    for letter in name:
        found |= _bits[letter, seen[letter]]
        seen[letter] += 1
    return found
