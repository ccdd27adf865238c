"""Regular expressions of schemas, searched for as jsonschema does, without compiling the simple ones.

A set of bindings has thousands, nearly all of them a literal between anchors: compiling those would
take longer than all that they are asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

Search = Callable[[str], object]
"""Whether `re.search` finds the expression; what is returned is only ever asked for its truth."""

_SIMPLE = re.compile(
    r"(?P<start>\^?)(?P<literal>[\w ,:;@#/=&%<>~!'\"-]*)(?P<any>(\.\*)?)(?P<end>\$?)", re.ASCII
)

# flags, named groups and references to groups mean something else where expressions are joined
_NOT_ALONE = re.compile(r"\(\?[a-zA-Z(]|\\[0-9]")


@cache
def search(pattern: str) -> Search:
    """`re.search` for this expression. Raises: re.error."""
    simple = _SIMPLE.fullmatch(pattern)
    if not simple or (simple["any"] and simple["end"]):
        return re.compile(pattern).search
    literal = simple["literal"]
    # `$` matches in front of a last newline, too
    match bool(simple["start"]), bool(simple["end"]):
        case True, True:
            return frozenset((literal, literal + "\n")).__contains__
        case True, False:
            return lambda text: text.startswith(literal)
        case False, True:
            return lambda text: text.endswith((literal, literal + "\n"))
        case _:
            return lambda text: literal in text


def any_of(patterns: Iterable[str]) -> Search:
    """Whether any of these expressions is found. Raises: re.error."""
    prefixes: set[str] = set()
    others: list[Search] = []
    for pattern in patterns:
        simple = _SIMPLE.fullmatch(pattern)
        if simple and simple["start"] and not simple["end"]:
            prefixes.add(simple["literal"])
        else:
            others.append(search(pattern))
    lengths = sorted({len(prefix) for prefix in prefixes})

    def found(text: str) -> bool:
        for length in lengths:
            if text[:length] in prefixes:
                return True
        for find in others:  # noqa: SIM110  any() takes twice as long
            if find(text):
                return True
        return False

    return found


def stand_alone(patterns: Iterable[str]) -> bool:
    """Whether these expressions joined with `|` find what any of them finds."""
    return all(pattern and not _NOT_ALONE.search(pattern) for pattern in patterns)
