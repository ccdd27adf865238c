"""Whether a schema is surely valid JSON Schema, without asking jsonschema, which takes much longer.

Nearly all are. Of the others it tells what is wrong, if anything is.
Source: the meta-schemas of JSON Schema 2019-09, to which dtschema adds `select`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_Check = Callable[[Any, set[str]], bool]


def is_surely_valid(schema: Any, patterns: set[str]) -> bool:
    """False where there is a doubt; `patterns`: is given the regular expressions in the schema."""
    if not isinstance(schema, dict):
        return type(schema) is bool
    for keyword, value in schema.items():  # noqa: SIM110  it is called for each part of each schema
        if not _CHECKS.get(keyword, _plain)(value, patterns):
            return False
    return True


def _plain(value: Any, patterns: set[str]) -> bool:
    """That no expression is in it."""
    return type(value) in _SCALARS or (type(value) is list and all(type(item) in _SCALARS for item in value))


_SCALARS = frozenset({str, int, bool, type(None)})


def _never(value: Any, patterns: set[str]) -> bool:
    return False


def _text(value: Any, patterns: set[str]) -> bool:
    return type(value) is str


def _flag(value: Any, patterns: set[str]) -> bool:
    return type(value) is bool


def _number(value: Any, patterns: set[str]) -> bool:
    return type(value) is int


def _positive(value: Any, patterns: set[str]) -> bool:
    return type(value) is int and value > 0


def _count(value: Any, patterns: set[str]) -> bool:
    return type(value) is int and value >= 0


def _id(value: Any, patterns: set[str]) -> bool:
    return type(value) is str and "#" not in value[:-1]


def _pattern(value: Any, patterns: set[str]) -> bool:
    if type(value) is not str:
        return False
    patterns.add(value)
    return True


def _type(value: Any, patterns: set[str]) -> bool:
    names = value if type(value) is list else [value]
    return bool(names) and _texts(names, patterns) and _TYPES.issuperset(names)


_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _texts(value: Any, patterns: set[str]) -> bool:
    return type(value) is list and all(type(item) is str for item in value) and len({*value}) == len(value)


def _values(value: Any, patterns: set[str]) -> bool:
    return type(value) is list and _plain(value, patterns)


def _schemas(value: Any, patterns: set[str]) -> bool:
    return type(value) is list and bool(value) and all(is_surely_valid(item, patterns) for item in value)


def _items(value: Any, patterns: set[str]) -> bool:
    return _schemas(value, patterns) if type(value) is list else is_surely_valid(value, patterns)


def _by_name(value: Any, patterns: set[str]) -> bool:
    return type(value) is dict and all(
        type(name) is str and is_surely_valid(inner, patterns) for name, inner in value.items()
    )


def _by_pattern(value: Any, patterns: set[str]) -> bool:
    if not _by_name(value, patterns):
        return False
    patterns.update(value)
    return True


def _dependencies(value: Any, patterns: set[str]) -> bool:
    return type(value) is dict and all(
        type(name) is str and (_texts if type(inner) is list else is_surely_valid)(inner, patterns)
        for name, inner in value.items()
    )


def _required(value: Any, patterns: set[str]) -> bool:
    return _dependencies(value, patterns) and all(type(inner) is list for inner in value.values())


_CHECKS: dict[str, _Check] = {
    **dict.fromkeys(("$schema", "$ref", "$comment", "title", "description", "format"), _text),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _flag),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"), _number),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxContains"), _count),
    **dict.fromkeys(("minContains", "maxProperties", "minProperties"), _count),
    **dict.fromkeys(("additionalItems", "unevaluatedItems", "contains", "propertyNames"), is_surely_valid),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "select"), is_surely_valid),
    **dict.fromkeys(("if", "then", "else", "not", "contentSchema"), is_surely_valid),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
    **dict.fromkeys(("properties", "dependentSchemas", "$defs", "definitions"), _by_name),
    **dict.fromkeys(("$anchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"), _never),
    **dict.fromkeys(("contentMediaType", "contentEncoding"), _text),
    **dict.fromkeys(("examples", "enum"), _values),
    "$id": _id, "multipleOf": _positive, "pattern": _pattern, "type": _type, "required": _texts,
    "items": _items, "patternProperties": _by_pattern,
    "dependentRequired": _required, "dependencies": _dependencies,
}  # fmt: skip
