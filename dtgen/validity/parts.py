"""Parts of schemas as functions that only tell whether a value is valid, and what they refer to.

They are asked before dtschema's own validator, which finds the errors, so they may fail to answer
(`Doubt`, or any other exception) but never call a value valid that is not. What is valid is what the
installed jsonschema says.
Source: jsonschema's `_keywords.py`, `_legacy_keywords.py`, `_utils.py` and `validators.py` for
Draft201909Validator, dtschema's `typeSize`.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

Check = Callable[[Any], bool]
Evaluated = Callable[[dict[str, Any], set[str]], None]
"""Takes out of a set of property names those that a schema evaluates."""

# they say nothing of a value on their own
SILENT = frozenset((
    "$comment", "$defs", "$filename", "$id", "$recursiveAnchor", "$vocabulary", "default", "definitions",
    "deprecated", "description", "else", "examples", "format", "maintainers", "maxContains", "minContains",
    "select", "then", "title",
))  # fmt: skip
_ANNOTATIONS = SILENT - {"$id"}
DIALECTS = "http://devicetree.org/meta-schemas/"
_BUILT_IN = ("http://json-schema.org", "https://json-schema.org")


class Doubt(Exception):
    """The schema has something that is not compiled."""


class Parts(ABC):
    """The parts of a set of schemas, each compiled when it is first asked."""

    def __init__(
        self,
        document: Callable[[str], Any],
        conditions: Parts | None = None,
        dialects: str = DIALECTS,
        outermost: str | None = None,
    ) -> None:
        """`document`: the schema of an `$id` without `#`. Raises: KeyError.

        `conditions`: what compiles the schemas whose errors are not reported, but decide.
        `dialects`: how any `$schema` begins.
        `outermost`: the schema that each recursive reference leads to; None for a doubt.
        """
        self.dialects = dialects
        self.outermost = outermost
        self.conditions = conditions or self
        self.disabled = False
        """Whether what is missing and what is unevaluated is excused, other than in conditions."""
        self._document = document
        self._targets: dict[tuple[str, str], tuple[Any, str]] = {}
        self._checks: dict[tuple[int, str], Check] = {}
        self._evaluated: dict[tuple[int, str], Evaluated] = {}
        # the keys above are of objects, which must not go
        self._kept: list[Any] = []

    @abstractmethod
    def _check(self, part: Part) -> Check:
        """Raises: Doubt."""

    @abstractmethod
    def _evaluates(self, part: Part) -> Evaluated:
        """Raises: Doubt."""

    def check(self, schema: Any, base: str) -> Check:
        """Whether a value is valid under `schema`, whose references are relative to `base`."""
        if schema is True:
            return always
        if schema is False:
            return never
        if type(schema) is dict and len(schema) == 1 and type(text := schema.get("const")) is str:
            return _equal(text)
        key = (id(schema), base)
        found = self._checks.get(key)
        if found is None:
            self._kept.append(schema)
            found = self._checks[key] = self._check(Part(self, schema, base))
        return found

    def lazy(self, schema: Any, base: str) -> Check:
        """The same, compiled when it is first asked."""
        if schema is True or schema is False:
            return self.check(schema, base)
        check = self._checks.get((id(schema), base))
        if check:
            return check

        def ask(value: Any) -> bool:
            nonlocal check
            if check is None:
                check = self.check(schema, base)
            return check(value)

        return ask

    def evaluated(self, schema: Any, base: str) -> Evaluated:
        """The properties that `schema` evaluates of an object *that is valid under it*."""
        key = (id(schema), base)
        found = self._evaluated.get(key)
        if found is None:
            self._kept.append(schema)
            found = self._evaluated[key] = self._evaluates(Part(self, schema, base))
        return found

    def lazily_evaluated(self, schema: Any, base: str) -> Evaluated:
        """The same, compiled when it is first asked."""
        evaluated: Evaluated | None = None

        def take(value: dict[str, Any], left: set[str]) -> None:
            nonlocal evaluated
            if evaluated is None:
                evaluated = self.evaluated(schema, base)
            evaluated(value, left)

        return take

    def has(self, schema: Any, base: str) -> bool:
        """Whether this part was ever asked."""
        return (id(schema), base) in self._checks or (id(schema), base) in self._evaluated

    def target(self, ref: Any, base: str) -> tuple[Any, str]:
        """What a reference leads to and what references there are relative to. Raises: Doubt."""
        found = self._targets.get((ref, base))
        if found is None:
            found = self._targets[ref, base] = self._resolve(ref, base)
        return found

    def _resolve(self, ref: Any, base: str) -> tuple[Any, str]:
        if not isinstance(ref, str):
            raise Doubt("$ref")
        uri, fragment = (base, ref[1:]) if ref.startswith("#") else urldefrag(urljoin(base, ref))
        # nothing is relative to the select of a schema: what it refers to in itself lies in a wrapper
        if not uri or (uri.startswith(_BUILT_IN) and self.dialects == DIALECTS):
            raise Doubt("$ref")
        try:
            schema = self._document(uri)
        except KeyError:
            schema = False  # DTValidator.retrieve() has it so
        if not fragment:
            return schema, uri
        if not fragment.startswith("/"):
            raise Doubt("$ref")
        for segment in unquote(fragment[1:]).split("/"):
            if isinstance(schema, dict):
                schema = schema[segment.replace("~1", "/").replace("~0", "~")]
            else:
                raise Doubt("$ref")
            if isinstance(schema, dict) and "$id" in schema:
                raise Doubt("$id")
        return schema, uri


class Part:
    """A schema, and what its references are relative to."""

    __slots__ = ("base", "schema", "schemas")

    def __init__(self, schemas: Parts, schema: Any, base: str) -> None:
        # thousands of them: a record takes three times as long to make
        self.schemas, self.schema, self.base = schemas, schema, base

    def sub(self, schema: Any) -> Check:
        return self.schemas.check(schema, self.base)

    def condition(self, schema: Any) -> Check:
        """Of what decides, but whose errors are not reported."""
        return self.schemas.conditions.lazy(schema, self.base)

    def later(self, schema: Any) -> Check:
        """For what few values reach, and for what a schema that refers to itself comes back to."""
        return self.schemas.lazy(schema, self.base)


@cache
def _equal(text: str) -> Check:
    """The most common schema of all: a third of what is compiled."""
    return partial(operator.eq, text)


def always(value: Any) -> bool:
    return True


def never(value: Any) -> bool:
    return False


def all_of(checks: Sequence[Check]) -> Check:
    match checks:
        case []:
            return always
        case [one]:
            return one
        case [one, two]:
            return lambda value: one(value) and two(value)
        case [one, two, three]:
            return lambda value: one(value) and two(value) and three(value)

    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110  all() takes twice as long
            if not each(value):
                return False
        return True

    return check


def any_of(checks: Sequence[Check]) -> Check:
    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110  any() takes twice as long
            if each(value):
                return True
        return False

    return check


def says_nothing(schema: Any) -> bool:
    """Whether every value is valid under `schema` for lack of keywords."""
    return schema is True or (isinstance(schema, dict) and schema.keys() <= _ANNOTATIONS)
