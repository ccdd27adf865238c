"""Which properties of an object a schema evaluates, for `unevaluatedProperties`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from dtgen.validity import patterns
from dtgen.validity.parts import Check, Doubt, Evaluated, Part


def evaluated(part: Part) -> Evaluated:
    """The properties that a schema evaluates of an object *that is valid under it*.

    Source: find_evaluated_property_keys_by_schema() in jsonschema's `_legacy_keywords.py`.

    Whatever is followed is valid already, since the object is, so that only alternatives and
    conditions need to be asked.
    """
    schemas, schema, base = part.schemas, part.schema, part.base
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
        steps.append(_matching(cache(patterns.any_of(schema["patternProperties"]))))
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
