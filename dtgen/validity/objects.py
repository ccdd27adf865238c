"""What each keyword asks of an object. None where it asks nothing."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from dtgen.validity import patterns
from dtgen.validity.parts import Check, Doubt, Part, says_nothing


def required(part: Part, names: Any) -> Check:
    if not isinstance(names, list):
        raise Doubt("required")
    wanted = frozenset(names)
    schemas = part.schemas
    return lambda value: not isinstance(value, dict) or wanted <= value.keys() or schemas.disabled


def properties(part: Part, properties: Any) -> Check | None:
    asking = {name: sub for name, sub in properties.items() if not says_nothing(sub)}
    if not asking:
        return None
    if len(asking) == 1:
        ((name, sub),) = asking.items()
        only = part.later(sub)
        return lambda value: not isinstance(value, dict) or name not in value or only(value[name])
    checks: dict[str, Check] = {}

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name in asking.keys() & value.keys():
                check = checks.get(name)
                if check is None:
                    check = checks[name] = part.sub(asking[name])
                if not check(value[name]):
                    return False
        return True

    return check


def pattern_properties(part: Part, properties: Any) -> Check | None:
    found = [(patterns.search(p), sub) for p, sub in properties.items() if not says_nothing(sub)]
    if not found:
        return None
    known: dict[str, tuple[Check, ...]] = {}

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name, item in value.items():
                checks = known.get(name)
                if checks is None:
                    checks = known[name] = tuple(part.sub(sub) for find, sub in found if find(name))
                for check in checks:
                    if not check(item):
                        return False
        return True

    return check


def known_properties(schema: dict[str, Any], additional: Any) -> tuple[Collection[str], Collection[str]]:
    """Names and expressions of the properties that are not additional ones. Raises: Doubt."""
    if not isinstance(additional, (bool, dict)):
        raise Doubt("additionalProperties")
    # jsonschema joins the patterns, which is the same as long as each stands on its own
    expressions = schema.get("patternProperties", {})
    if not patterns.stand_alone(expressions):
        raise Doubt("patternProperties")
    return schema.get("properties", ()), expressions


def additional_properties(part: Part, additional: Any) -> Check | None:
    if additional is True:
        return None
    known_names, expressions = known_properties(part.schema, additional)
    names = frozenset(known_names)
    matches = cache(patterns.any_of(expressions))
    check = part.later(additional)
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


def unevaluated_properties(part: Part, unevaluated: Any) -> Check | None:
    """Asked last: the object is valid under all other keywords of the schema."""
    if unevaluated is True:
        return None
    check = part.later(unevaluated)
    schemas = part.schemas
    evaluated = schemas.lazily_evaluated(part.schema, part.base)

    def all_valid(value: Any) -> bool:
        if not isinstance(value, dict) or schemas.disabled:
            return True
        names = set(value)
        evaluated(value, names)
        return all(check(value[name]) for name in names)

    return all_valid


def property_names(part: Part, schema: Any) -> Check:
    check = part.sub(schema)
    return lambda value: not isinstance(value, dict) or all(map(check, value))


def min_properties(part: Part, limit: Any) -> Check:
    return lambda value: not isinstance(value, dict) or len(value) >= limit


def max_properties(part: Part, limit: Any) -> Check:
    return lambda value: not isinstance(value, dict) or len(value) <= limit


def dependent_required(part: Part, dependencies: Any) -> Check:
    wanted = {name: frozenset(others) for name, others in dependencies.items()}

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name in wanted.keys() & value.keys():
                if not wanted[name] <= value.keys():
                    return False
        return True

    return check


def dependent_schemas(part: Part, dependencies: Any) -> Check:
    checks = {name: part.later(schema) for name, schema in dependencies.items()}

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name in checks.keys() & value.keys():
                if not checks[name](value):
                    return False
        return True

    return check
