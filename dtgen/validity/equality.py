"""What jsonschema takes for one type and for one value; oddities included: they are named where they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

NUMBER_TYPES = (int, float)


def is_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, NUMBER_TYPES) and not isinstance(value, bool))


TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        type(value) is int or (is_number(value) and (isinstance(value, int) or value.is_integer()))
    ),
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def equal(one: Any, two: Any) -> bool:
    """Source: equal() in jsonschema's `_utils.py`. Bytes are a sequence of integers to it."""
    if one is two:
        return True
    if isinstance(one, str) or isinstance(two, str):
        return bool(one == two)
    if isinstance(one, Sequence) and isinstance(two, Sequence):
        return len(one) == len(two) and all(map(equal, one, two))
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return len(one) == len(two) and all(
            key in two and equal(value, two[key]) for key, value in one.items()
        )
    return bool(_unbool(one) == _unbool(two))


_PLAIN = ({str}, {int})
"""Types of values that are equal where Python says so, alone."""
_TRUE, _FALSE = object(), object()


def _unbool(value: Any) -> Any:
    return _TRUE if value is True else _FALSE if value is False else value


def unique(values: Iterable[Any]) -> bool:
    """Source: uniq() in jsonschema's `_utils.py`, whose sorting may miss what is equal."""
    values = list(values)
    if set(map(type, values)) in _PLAIN:
        return len(set(values)) == len(values)
    try:
        ordered = sorted(_unbool(value) for value in values)
        return not any(equal(one, two) for one, two in itertools.pairwise(ordered))
    except (NotImplementedError, TypeError):
        seen: list[Any] = []
        for value in map(_unbool, values):
            if any(equal(earlier, value) for earlier in seen):
                return False
            seen.append(value)
    return True
