"""Schemas as the text of Python functions that answer as the compiled ones do, to be kept between runs.

A part of a schema is one function, `lambda v: …`, with what is small below it inside. A larger part, and one
that is referred to, is another function, which is asked for by its key: `F["key"](v)`.
What the text may call is in `generated`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from dtgen.validity.keywords import KEYWORDS
from dtgen.validity.parts import SILENT, Doubt, Parts
from dtgen.validity.place import CONDITION, EVALUATED, SELECT, VALID, Place

_SMALL = 300
"""Characters of JSON of a part that is written into the function around it."""
_DEEPEST = 8
"""Parts within parts in one function: Python reads no more than 200 parentheses within each other."""


class Text:
    """A part of a schema, whose function is being written."""

    __slots__ = ("depth", "known", "place", "schema", "states", "value", "writer")

    def __init__(self, writer: Writer, place: Place, schema: Any, states: list[str], depth: int) -> None:
        self.writer, self.place, self.schema, self.states = writer, place, schema, states
        self.depth = depth
        self.value = f"v{depth}"
        """The name of what is asked about."""
        self.known = ""
        """What `type` says of it already."""

    def sub(self, schema: Any, *names: str | int, same: bool = False, condition: bool = False) -> str:
        """Whether what is called `inner` (`same`: the value itself) is valid under a part below this one."""
        where = self.place.below(*names)
        return self.of(where.condition() if condition else where, schema, same)

    def of(self, where: Place, schema: Any, same: bool) -> str:
        """The same of a part that is anywhere."""
        if isinstance(schema, bool):
            return str(schema)
        value = self.value if same else self.inner
        if self.is_large(schema):
            return f"{self.writer.other(where)}({value})"
        text = Text(self.writer, where, schema, self.states, self.depth + 1)
        text.value = value
        if same:
            text.known = self.known
        return self.writer.valid(text)

    @property
    def inner(self) -> str:
        """What to call a value within this one."""
        return f"v{self.depth + 1}"

    def function(self, schema: Any, *names: str | int, condition: bool = False) -> str:
        """What is asked of each value within this one."""
        asked = self.sub(schema, *names, condition=condition)
        called = asked.removesuffix(f"({self.inner})")
        return called if called.startswith("F[") and called.endswith("]") else f"lambda {self.inner}: {asked}"

    def alone(self, schema: Any, *names: str | int) -> str:
        """The same where a state is made, of which the function around it knows nothing."""
        where = self.place.below(*names)
        if self.is_large(schema):
            return f"lambda v: {self.writer.other(where)}(v)"
        return self.writer.function(where, schema, self.depth + 1)

    def is_large(self, schema: Any) -> bool:
        """Whether a part is a function of its own."""
        return self.depth >= _DEEPEST or len(repr(schema)) > _SMALL

    def state(self, text: str) -> str:
        """The name of what is made once for the function."""
        self.states.append(text)
        return f"k{len(self.states) - 1}"

    def excused(self, text: str) -> str:
        """The same, or what excuses it."""
        return f"({text} or S.disabled)" if self.place.kind == VALID else text

    def target(self, ref: Any) -> tuple[Place, Any]:
        """What a reference leads to. Raises: Doubt."""
        base = self.place.base
        schema, document = self.writer.schemas.target(ref, base)
        fragment = ref[1:] if ref.startswith("#") else urldefrag(urljoin(base, ref)).fragment
        kind = CONDITION if self.place.kind == SELECT else self.place.kind
        return Place(kind, document, unquote(fragment)), schema


def literal(value: Any) -> str:
    """As Python has it. Raises: ValueError for what is no number."""
    json.dumps(value, allow_nan=False)
    return repr(value)


Write = Callable[[Text, Any], str | None]
"""From a schema with a keyword, and its value there: whether a value is valid; None for nothing asked."""

_LAST = KEYWORDS["unevaluatedProperties"].cost
_GUARDS = {
    "array": "isinstance({}, list)",
    "object": "isinstance({}, dict)",
    "string": "isinstance({}, str)",
    "number": "number({})",
}


class Writer:
    """Writes the functions of a set of schemas."""

    def __init__(
        self, schemas: Parts, keywords: Mapping[str, Write], evaluated: Callable[[Text], str]
    ) -> None:
        self.schemas = schemas
        self.needed: list[str] = []
        """The keys of the functions that those which were written call."""
        self._keywords, self._evaluated = keywords, evaluated

    def other(self, where: Place) -> str:
        """Another function."""
        self.needed.append(where.key)
        return f"F[{where.key!r}]"

    def function(self, where: Place, schema: Any, depth: int = 0) -> str:
        """Raises: Doubt, or anything else that a schema provokes which is none."""
        states: list[str] = []
        text = Text(self, where, schema, states, depth)
        body = self._evaluated(text) if where.kind == EVALUATED else self.valid(text)
        names = [text.value, "left"] if where.kind == EVALUATED else [text.value]
        names += [f"k{number}={made}" for number, made in enumerate(states)]
        return f"lambda {', '.join(names)}: {body}"

    def valid(self, text: Text) -> str:
        """Whether the value is valid."""
        schema, place = text.schema, text.place
        if isinstance(schema, bool):
            return str(schema)
        if not isinstance(schema, dict):
            raise Doubt(type(schema).__name__)
        if "$id" in schema and str(schema["$id"]).rstrip("#") != place.base:
            raise Doubt("$id")
        if isinstance(schema.get("type"), str):
            text.known = schema["type"]
        found: list[_Asked] = []
        for name, value in schema.items():
            if name in self._keywords:
                keyword = KEYWORDS[name]
                asked = self._keywords[name](text, value)
                if asked is not None:
                    found.append((keyword.cost, keyword.of, asked))
            elif name not in SILENT and not (
                name == "$schema" and str(value).startswith(self.schemas.dialects)
            ):
                raise Doubt(name)
        return _all([asked for _, _, asked in sorted(_guarded(text, sorted(found)))])


_Asked = tuple[int, str, str]
"""What it costs, the type of the values that it is asked of, and what is asked."""


def _guarded(text: Text, found: list[_Asked]) -> Iterator[_Asked]:
    """What is asked of values of one type is together, behind the question for the type."""
    groups: dict[str, list[_Asked]] = {}
    for cost, of, asked in found:
        # what is asked last goes by all others
        groups.setdefault("last" if cost == _LAST else of, []).append((cost, of, asked))
    yield from groups.pop("any", [])
    for group in groups.values():
        cost, of, _ = group[0]
        asked = _all([asked for _, _, asked in group])
        if text.known != of and not (of == "number" and text.known == "integer"):
            asked = f"(not {_GUARDS[of].format(text.value)} or {asked})"
        yield cost, of, asked


def _all(asked: list[str]) -> str:
    asked = [each for each in asked if each != "True"]
    if not asked:
        return "True"
    return asked[0] if len(asked) == 1 else f"({' and '.join(asked)})"
