"""Functions of parts of schemas, generated and kept, or compiled; and what the text of the former calls."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dtgen.validity import patterns
from dtgen.validity.equality import TYPES, equal, is_number, unique
from dtgen.validity.parts import Check, Evaluated, Parts
from dtgen.validity.place import EVALUATED, VALID, Place, place


class Functions(dict[str, Any]):
    """By the key of their place, each loaded or compiled when it is first asked."""

    def __init__(self, codes: Mapping[str, bytes], document: Callable[[str], Any], valid: Parts) -> None:
        """`codes`: marshalled code of `source`'s making. `valid`: with what excuses, and its conditions."""
        super().__init__()
        self.compiled: list[str] = []
        """Those for which there was no code."""
        self.valid = valid
        self._codes, self._document = codes, document
        self._namespace = {**_CALLED, "F": self, "S": valid}

    def __missing__(self, key: str) -> Any:
        """Raises: Doubt, or whatever else a schema provokes."""
        code = self._codes.get(key)
        if code is None:
            self.compiled.append(key)
            found = self._compile(key)
        else:
            found = eval(marshal.loads(code), self._namespace)
        self[key] = found
        return found

    def _compile(self, key: str) -> Check | Evaluated:
        where = place(key)
        schemas = self.valid if where.kind == VALID else self.valid.conditions
        make = schemas.evaluated if where.kind == EVALUATED else schemas.check
        return make(where.find(self._document), where.base)

    def reached(self, where: Place) -> Any:
        """The part of a schema, where it was asked by what was compiled. Raises: LookupError, else, too."""
        schema = where.find(self._document)
        asked = (self.valid, self.valid.conditions)
        if where.key in self or any(each.has(schema, where.base) for each in asked):
            return schema
        raise LookupError(where.key)


class _Known(dict[str, bool]):
    """Whether a name is among some, or is found by an expression."""

    def __init__(self, names: Collection[str], expressions: Collection[str]) -> None:
        super().__init__(dict.fromkeys(names, True))
        self._expressions = expressions
        self._find: patterns.Search | None = None

    def __missing__(self, name: str) -> bool:
        if self._find is None:  # expressions take long to compile
            self._find = patterns.any_of(self._expressions)
        found = self[name] = bool(self._find(name))
        return found


class _Like(dict[str, tuple[Check, ...]]):
    """What is asked of what has a name: the checks of the expressions that find it."""

    def __init__(self, *checks: tuple[str, Check]) -> None:
        super().__init__()
        self._checks = checks
        self._searches: list[tuple[patterns.Search, Check]] = []

    def __missing__(self, name: str) -> tuple[Check, ...]:
        if not self._searches:
            self._searches = [(patterns.search(expression), check) for expression, check in self._checks]
        found = self[name] = tuple([check for search, check in self._searches if search(name)])
        return found


def _known(names: Collection[str], expressions: Collection[str]) -> Callable[[str], bool]:
    return _Known(names, expressions).__getitem__


def _search(expression: str) -> Callable[[str], bool]:
    """Compiled when it is first asked."""
    return lambda text: bool(patterns.search(expression)(text))


def _among(value: Any, texts: Collection[str], numbers: Collection[Any], others: Collection[Any]) -> bool:
    if isinstance(value, str):
        return value in texts
    if is_number(value):
        return value in numbers
    return any(equal(member, value) for member in others)


def _named(value: dict[str, Any], checks: dict[str, Check]) -> bool:
    for name in checks.keys() & value.keys():  # noqa: SIM110  all() takes twice as long
        if not checks[name](value[name]):
            return False
    return True


def _each(value: dict[str, Any], like: _Like) -> bool:
    for name, item in value.items():
        for check in like[name]:
            if not check(item):
                return False
    return True


def _extra(value: dict[str, Any], known: Callable[[str], bool], check: Check) -> bool:
    for name, item in value.items():  # noqa: SIM110
        if not known(name) and not check(item):
            return False
    return True


def _rest(value: dict[str, Any], take: Callable[[dict[str, Any], set[str]], object]) -> set[str]:
    left = set(value)
    take(value, left)
    return left


def _drop(left: set[str], known: Callable[[str], bool]) -> bool:
    left.difference_update([name for name in left if known(name)])
    return not left


_CALLED: dict[str, Any] = {
    "N": object(),
    "number": is_number, "integer": TYPES["integer"], "unique": unique, "among": _among,
    "search": _search, "known": _known, "like": _Like,
    "named": _named, "each": _each, "extra": _extra, "rest": _rest, "drop": _drop,
}  # fmt: skip
