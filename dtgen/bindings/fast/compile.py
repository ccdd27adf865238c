"""Schemas compiled to functions that only tell whether a value is valid.

They are asked before dtschema's own validator, which finds the errors, so they may fail to answer
(`Doubt`, or any other exception) but never call a value valid that is not. What is valid is what the
installed jsonschema says, oddities included: they are named where they are.
Source: jsonschema's `_keywords.py`, `_legacy_keywords.py`, `_utils.py` and `validators.py` for
Draft201909Validator, dtschema's `typeSize`.
"""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from dtgen.bindings.fast import patterns

Check = Callable[[Any], bool]
Evaluated = Callable[[dict[str, Any], set[str]], None]
"""Takes out of a set of property names those that a schema evaluates."""

_DEFAULT_SIZE = 32
"""Bits of what is no sized integer. Source: dtschema's `typeSize`."""

# they say nothing of a value on their own
SILENT = frozenset((
    "$comment", "$defs", "$filename", "$id", "$recursiveAnchor", "$vocabulary", "default", "definitions",
    "deprecated", "description", "else", "examples", "format", "maintainers", "maxContains", "minContains",
    "select", "then", "title",
))  # fmt: skip
_ANNOTATIONS = SILENT - {"$id"}
DIALECTS = "http://devicetree.org/meta-schemas/"
_BUILT_IN = ("http://json-schema.org", "https://json-schema.org")
_NUMBER_TYPES = (int, float)


class Doubt(Exception):
    """The schema has something that is not compiled."""


class Schemas:
    """Compiles schemas of a set, each part when it is first asked."""

    def __init__(
        self,
        document: Callable[[str], Any],
        conditions: Schemas | None = None,
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

    def check(self, schema: Any, base: str) -> Check:
        """Whether a value is valid under `schema`, whose references are relative to `base`."""
        if schema is True:
            return _always
        if schema is False:
            return _never
        key = (id(schema), base)
        found = self._checks.get(key)
        if found is None:
            self._kept.append(schema)
            found = self._checks[key] = _Compiler(self, schema, base).check()
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
            found = self._evaluated[key] = _evaluated(self, schema, base)
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


class _Compiler:
    """One schema, keyword by keyword. The methods return None where a keyword asks nothing."""

    def __init__(self, schemas: Schemas, schema: Any, base: str) -> None:
        self.schemas = schemas
        self.schema = schema
        self.base = base

    def check(self) -> Check:
        if not isinstance(self.schema, dict):
            raise Doubt(type(self.schema).__name__)
        schema = self.schema
        if "$id" in schema and str(schema["$id"]).rstrip("#") != self.base:
            raise Doubt("$id")
        checks: list[tuple[int, Check]] = []
        for keyword, value in schema.items():
            if keyword in SILENT:
                continue
            if keyword == "$schema":
                # jsonschema would turn to the validator of a dialect that it knows
                if not str(value).startswith(self.schemas.dialects):
                    raise Doubt(keyword)
                continue
            made = _KEYWORDS.get(keyword)
            if made is None:
                raise Doubt(keyword)
            cost, make = made
            check = make(self, value)
            if check is not None:
                checks.append((cost, check))
        # what is cheap first; the order is of no matter to the answer
        checks.sort(key=operator.itemgetter(0))
        return _all([check for _, check in checks])

    def sub(self, schema: Any) -> Check:
        return self.schemas.check(schema, self.base)

    def condition(self, schema: Any) -> Check:
        return self.schemas.conditions.lazy(schema, self.base)

    def later(self, schema: Any) -> Check:
        """For what few values reach, and for what a schema that refers to itself comes back to."""
        return self.schemas.lazy(schema, self.base)

    # references

    def ref(self, ref: Any) -> Check:
        schema, base = self.schemas.target(ref, self.base)
        return self.schemas.lazy(schema, base)

    def recursive_ref(self, ref: Any) -> Check:
        outermost = self.schemas.outermost
        if outermost is None or ref != "#":
            raise Doubt("$recursiveRef")
        return self.schemas.lazy(self.schemas.target(outermost, "")[0], outermost)

    # any value

    def type(self, types: Any) -> Check | None:
        names = [types] if isinstance(types, str) else types
        if any(name not in _TYPES for name in names):
            raise Doubt("type")
        if len(names) == 1:
            return _TYPES[names[0]]
        return _any([_TYPES[name] for name in names])

    def const(self, const: Any) -> Check:
        return self.enum([const])

    def enum(self, members: Any) -> Check:
        if not isinstance(members, list):
            raise Doubt("enum")
        if set(map(type, members)) == {str}:
            known = frozenset(members)
            return lambda value: isinstance(value, str) and value in known
        texts = frozenset(member for member in members if isinstance(member, str))
        numbers = frozenset(m for m in members if isinstance(m, _NUMBER_TYPES) and not isinstance(m, bool))
        others = [m for m in members if isinstance(m, bool) or not isinstance(m, (str, *_NUMBER_TYPES))]

        def check(value: Any) -> bool:
            if isinstance(value, str):
                return value in texts
            if _is_number(value):
                return value in numbers
            return any(equal(member, value) for member in others)

        return check

    def type_size(self, size: Any) -> Check:
        return lambda value: bool(getattr(value, "size", _DEFAULT_SIZE) == size)

    # combinations

    def all_of(self, members: Any) -> Check:
        return _all([self.sub(member) for member in members])

    def any_of(self, members: Any) -> Check:
        checks = [self.condition(member) for member in members]

        return lambda value: any(member(value) for member in checks)

    def one_of(self, members: Any) -> Check:
        checks = [self.condition(member) for member in members]

        def check(value: Any) -> bool:
            valid = 0
            for member in checks:
                if member(value):
                    valid += 1
                    if valid > 1:
                        return False
            return valid == 1

        return check

    def not_(self, member: Any) -> Check:
        check = self.condition(member)
        return lambda value: not check(value)

    def if_(self, condition: Any) -> Check | None:
        then = self.later(self.schema.get("then", True))
        otherwise = self.later(self.schema.get("else", True))
        holds = self.condition(condition)
        return lambda value: then(value) if holds(value) else otherwise(value)

    # numbers

    def minimum(self, limit: Any) -> Check:
        return lambda value: not _is_number(value) or value >= limit

    def maximum(self, limit: Any) -> Check:
        return lambda value: not _is_number(value) or value <= limit

    def exclusive_minimum(self, limit: Any) -> Check:
        return lambda value: not _is_number(value) or value > limit

    def exclusive_maximum(self, limit: Any) -> Check:
        return lambda value: not _is_number(value) or value < limit

    def multiple_of(self, divisor: Any) -> Check:
        if not isinstance(divisor, int):
            raise Doubt("multipleOf")
        return lambda value: not _is_number(value) or not value % divisor

    # texts

    def pattern(self, pattern: Any) -> Check:
        find = patterns.search(pattern)
        return lambda value: not isinstance(value, str) or bool(find(value))

    def min_length(self, limit: Any) -> Check:
        return lambda value: not isinstance(value, str) or len(value) >= limit

    def max_length(self, limit: Any) -> Check:
        return lambda value: not isinstance(value, str) or len(value) <= limit

    # arrays

    def min_items(self, limit: Any) -> Check:
        most = self.schema.get("maxItems", sys.maxsize)
        return lambda value: not isinstance(value, list) or limit <= len(value) <= most

    def max_items(self, limit: Any) -> Check | None:
        if "minItems" in self.schema:
            return None
        return lambda value: not isinstance(value, list) or len(value) <= limit

    def unique_items(self, wanted: Any) -> Check | None:
        return (lambda value: not isinstance(value, list) or unique(value)) if wanted else None

    def items(self, items: Any) -> Check:
        if isinstance(items, list):
            checks = [self.sub(item) for item in items]
            return lambda value: (
                not isinstance(value, list)
                or all(check(item) for check, item in zip(checks, value, strict=False))
            )
        item_check = self.sub(items)

        def check(value: Any) -> bool:
            if isinstance(value, list):
                for item in value:
                    if not item_check(item):
                        return False
            return True

        return check

    def additional_items(self, additional: Any) -> Check | None:
        items = self.schema.get("items", {})
        if isinstance(items, dict):
            return None
        if not isinstance(items, list) or not isinstance(additional, (bool, dict)):
            raise Doubt("additionalItems")
        if additional is True:
            return None
        check, count = self.sub(additional), len(items)
        return lambda value: not isinstance(value, list) or all(map(check, value[count:]))

    def contains(self, wanted: Any) -> Check:
        check = self.condition(wanted)
        least, most = self.schema.get("minContains", 1), self.schema.get("maxContains")

        def counted(value: Any) -> bool:
            if not isinstance(value, list):
                return True
            matches = sum(map(check, value))
            return bool(matches >= least and (most is None or matches <= most))

        def found(value: Any) -> bool:
            return not isinstance(value, list) or any(map(check, value))

        return found if least == 1 and most is None else counted

    # objects

    def required(self, names: Any) -> Check:
        if not isinstance(names, list):
            raise Doubt("required")
        wanted = frozenset(names)
        schemas = self.schemas
        return lambda value: not isinstance(value, dict) or wanted <= value.keys() or schemas.disabled

    def properties(self, properties: Any) -> Check | None:
        asking = {name: sub for name, sub in properties.items() if not says_nothing(sub)}
        if not asking:
            return None
        if len(asking) == 1:
            ((name, sub),) = asking.items()
            only = self.later(sub)
            return lambda value: not isinstance(value, dict) or name not in value or only(value[name])
        checks: dict[str, Check] = {}

        def check(value: Any) -> bool:
            if isinstance(value, dict):
                for name in asking.keys() & value.keys():
                    check = checks.get(name)
                    if check is None:
                        check = checks[name] = self.sub(asking[name])
                    if not check(value[name]):
                        return False
            return True

        return check

    def pattern_properties(self, properties: Any) -> Check | None:
        found = [(patterns.search(p), sub) for p, sub in properties.items() if not says_nothing(sub)]
        if not found:
            return None
        known: dict[str, tuple[Check, ...]] = {}

        def check(value: Any) -> bool:
            if isinstance(value, dict):
                for name, item in value.items():
                    checks = known.get(name)
                    if checks is None:
                        checks = known[name] = tuple(self.sub(sub) for find, sub in found if find(name))
                    for check in checks:
                        if not check(item):
                            return False
            return True

        return check

    def additional_properties(self, additional: Any) -> Check | None:
        if additional is True:
            return None
        if not isinstance(additional, (bool, dict)):
            raise Doubt("additionalProperties")
        names = frozenset(self.schema.get("properties", ()))
        # jsonschema joins the patterns, which is the same as long as each stands on its own
        expressions = self.schema.get("patternProperties", {})
        if not patterns.stand_alone(expressions):
            raise Doubt("patternProperties")
        matches = patterns.any_of(expressions)
        check = self.later(additional)
        known: dict[str, bool] = {}

        def is_extra(name: str) -> bool:
            extra = known.get(name)
            if extra is None:
                extra = known[name] = not matches(name)
            return extra

        def all_valid(value: Any) -> bool:
            if isinstance(value, dict):
                for name in value.keys() - names:
                    if is_extra(name) and not check(value[name]):
                        return False
            return True

        return all_valid

    def unevaluated_properties(self, unevaluated: Any) -> Check | None:
        """Asked last: the object is valid under all other keywords of the schema."""
        if unevaluated is True:
            return None
        check = self.later(unevaluated)
        schemas = self.schemas
        evaluated = schemas.lazily_evaluated(self.schema, self.base)

        def all_valid(value: Any) -> bool:
            if not isinstance(value, dict) or schemas.disabled:
                return True
            names = set(value)
            evaluated(value, names)
            return all(check(value[name]) for name in names)

        return all_valid

    def property_names(self, schema: Any) -> Check:
        check = self.sub(schema)
        return lambda value: not isinstance(value, dict) or all(map(check, value))

    def min_properties(self, limit: Any) -> Check:
        return lambda value: not isinstance(value, dict) or len(value) >= limit

    def max_properties(self, limit: Any) -> Check:
        return lambda value: not isinstance(value, dict) or len(value) <= limit

    def dependent_required(self, dependencies: Any) -> Check:
        wanted = {name: frozenset(others) for name, others in dependencies.items()}

        def check(value: Any) -> bool:
            if isinstance(value, dict):
                for name in wanted.keys() & value.keys():
                    if not wanted[name] <= value.keys():
                        return False
            return True

        return check

    def dependent_schemas(self, dependencies: Any) -> Check:
        checks = {name: self.later(schema) for name, schema in dependencies.items()}

        def check(value: Any) -> bool:
            if isinstance(value, dict):
                for name in checks.keys() & value.keys():
                    if not checks[name](value):
                        return False
            return True

        return check


_KEYWORDS: dict[str, tuple[int, Callable[[_Compiler, Any], Check | None]]] = {
    "type": (0, _Compiler.type),
    "const": (1, _Compiler.const),
    "enum": (1, _Compiler.enum),
    "minItems": (1, _Compiler.min_items),
    "maxItems": (1, _Compiler.max_items),
    "minimum": (1, _Compiler.minimum),
    "maximum": (1, _Compiler.maximum),
    "exclusiveMinimum": (1, _Compiler.exclusive_minimum),
    "exclusiveMaximum": (1, _Compiler.exclusive_maximum),
    "multipleOf": (1, _Compiler.multiple_of),
    "minLength": (1, _Compiler.min_length),
    "maxLength": (1, _Compiler.max_length),
    "typeSize": (1, _Compiler.type_size),
    "required": (1, _Compiler.required),
    "minProperties": (1, _Compiler.min_properties),
    "maxProperties": (1, _Compiler.max_properties),
    "pattern": (2, _Compiler.pattern),
    "uniqueItems": (2, _Compiler.unique_items),
    "dependentRequired": (2, _Compiler.dependent_required),
    "contains": (3, _Compiler.contains),
    "items": (3, _Compiler.items),
    "additionalItems": (3, _Compiler.additional_items),
    "properties": (4, _Compiler.properties),
    "propertyNames": (4, _Compiler.property_names),
    "patternProperties": (5, _Compiler.pattern_properties),
    "additionalProperties": (5, _Compiler.additional_properties),
    "$ref": (6, _Compiler.ref),
    "$recursiveRef": (6, _Compiler.recursive_ref),
    "not": (6, _Compiler.not_),
    "if": (6, _Compiler.if_),
    "allOf": (6, _Compiler.all_of),
    "anyOf": (6, _Compiler.any_of),
    "oneOf": (6, _Compiler.one_of),
    "dependentSchemas": (6, _Compiler.dependent_schemas),
    "unevaluatedProperties": (7, _Compiler.unevaluated_properties),
}


def _evaluated(schemas: Schemas, schema: Any, base: str) -> Evaluated:
    """Source: find_evaluated_property_keys_by_schema() in jsonschema's `_legacy_keywords.py`.

    Whatever is followed is valid already, since the object is, so that only alternatives and
    conditions need to be asked.
    """
    if isinstance(schema, bool):
        return _none
    if not isinstance(schema, dict) or "$recursiveRef" in schema:
        raise Doubt("unevaluatedProperties")
    names: set[str] = set()
    for keyword in ("properties", "additionalProperties", "unevaluatedProperties"):
        value = schema.get(keyword)
        if value is True:
            return _every
        if isinstance(value, dict):
            # of `additionalProperties: {…}`, too, jsonschema takes the keywords for names of properties
            names.update(value)
    steps: list[Evaluated] = []
    if "patternProperties" in schema:
        steps.append(_matching(patterns.any_of(schema["patternProperties"])))
    if schema.get("$ref") is not None:
        steps.append(schemas.lazily_evaluated(*schemas.target(schema["$ref"], base)))
    steps += [schemas.lazily_evaluated(member, base) for member in schema.get("allOf", ())]
    for keyword in ("oneOf", "anyOf"):
        steps += [
            _where(schemas.conditions.lazy(member, base), schemas.lazily_evaluated(member, base), None)
            for member in schema.get(keyword, ())
        ]
    for name, member in schema.get("dependentSchemas", {}).items():
        steps.append(_where(_has(name), schemas.lazily_evaluated(member, base), None))
    if "if" in schema:
        then = [schemas.lazily_evaluated(schema[k], base) for k in ("if", "then") if k in schema]
        otherwise = schemas.lazily_evaluated(schema["else"], base) if "else" in schema else None
        steps.append(_where(schemas.conditions.lazy(schema["if"], base), _steps(then), otherwise))
    known = frozenset(names)
    following = _steps(steps)

    def take(value: dict[str, Any], left: set[str]) -> None:
        left -= known
        if left:
            following(value, left)

    return take


def says_nothing(schema: Any) -> bool:
    """Whether every value is valid under `schema` for lack of keywords."""
    return schema is True or (isinstance(schema, dict) and schema.keys() <= _ANNOTATIONS)


def _steps(steps: Sequence[Evaluated]) -> Evaluated:
    def take(value: dict[str, Any], left: set[str]) -> None:
        for step in steps:
            step(value, left)
            if not left:
                return

    return take


def _where(condition: Check, then: Evaluated, otherwise: Evaluated | None) -> Evaluated:
    def take(value: dict[str, Any], left: set[str]) -> None:
        if condition(value):
            then(value, left)
        elif otherwise:
            otherwise(value, left)

    return take


def _matching(matches: patterns.Search) -> Evaluated:
    def take(value: dict[str, Any], left: set[str]) -> None:
        left.difference_update([name for name in left if matches(name)])

    return take


def _has(name: str) -> Check:
    return lambda value: name in value


def _none(value: dict[str, Any], left: set[str]) -> None:
    pass


def _every(value: dict[str, Any], left: set[str]) -> None:
    left.clear()


def _always(value: Any) -> bool:
    return True


def _never(value: Any) -> bool:
    return False


def _all(checks: Sequence[Check]) -> Check:
    match checks:
        case []:
            return _always
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


def _any(checks: Sequence[Check]) -> Check:
    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110  any() takes twice as long
            if each(value):
                return True
        return False

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBER_TYPES) and not isinstance(value, bool)


_TYPES: dict[str, Check] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": _is_number,
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


_TRUE, _FALSE = object(), object()


def _unbool(value: Any) -> Any:
    return _TRUE if value is True else _FALSE if value is False else value


def unique(values: Iterable[Any]) -> bool:
    """Source: uniq() in jsonschema's `_utils.py`, whose sorting may miss what is equal."""
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
