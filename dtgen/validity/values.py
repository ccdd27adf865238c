"""What each keyword asks of a value that may be of any type, of numbers, texts and arrays.

None where a keyword asks nothing. Raises: Doubt where it has something that is not compiled.
"""

from __future__ import annotations

import sys
from typing import Any

from dtgen.validity import parts, patterns
from dtgen.validity.equality import NUMBER_TYPES, TYPES, equal, is_number, unique
from dtgen.validity.parts import Check, Doubt, Part

DEFAULT_SIZE = 32
"""Bits of what is no sized integer. Source: dtschema's `typeSize`."""


# References


def ref(part: Part, ref: Any) -> Check:
    schema, base = part.schemas.target(ref, part.base)
    return part.schemas.lazy(schema, base)


def recursive_ref(part: Part, ref: Any) -> Check:
    outermost = part.schemas.outermost
    if outermost is None or ref != "#":
        raise Doubt("$recursiveRef")
    return part.schemas.lazy(part.schemas.target(outermost, "")[0], outermost)


# Any value


def type_(part: Part, types: Any) -> Check | None:
    names = [types] if isinstance(types, str) else types
    if any(name not in TYPES for name in names):
        raise Doubt("type")
    if len(names) == 1:
        return TYPES[names[0]]
    return parts.any_of([TYPES[name] for name in names])


def const(part: Part, const: Any) -> Check:
    return enum(part, [const])


def enum(part: Part, members: Any) -> Check:
    if not isinstance(members, list):
        raise Doubt("enum")
    if set(map(type, members)) == {str}:
        known = frozenset(members)
        return lambda value: isinstance(value, str) and value in known
    texts = frozenset(member for member in members if isinstance(member, str))
    numbers = frozenset(m for m in members if isinstance(m, NUMBER_TYPES) and not isinstance(m, bool))
    others = [m for m in members if isinstance(m, bool) or not isinstance(m, (str, *NUMBER_TYPES))]

    def check(value: Any) -> bool:
        if isinstance(value, str):
            return value in texts
        if is_number(value):
            return value in numbers
        return any(equal(member, value) for member in others)

    return check


def type_size(part: Part, size: Any) -> Check:
    return lambda value: bool(getattr(value, "size", DEFAULT_SIZE) == size)


# Combinations


def all_of(part: Part, members: Any) -> Check:
    return parts.all_of([part.sub(member) for member in members])


def any_of(part: Part, members: Any) -> Check:
    return parts.any_of([part.condition(member) for member in members])


def one_of(part: Part, members: Any) -> Check:
    checks = [part.condition(member) for member in members]

    def check(value: Any) -> bool:
        valid = 0
        for member in checks:
            if member(value):
                valid += 1
                if valid > 1:
                    return False
        return valid == 1

    return check


def not_(part: Part, member: Any) -> Check:
    check = part.condition(member)
    return lambda value: not check(value)


def if_(part: Part, condition: Any) -> Check | None:
    then = part.later(part.schema.get("then", True))
    otherwise = part.later(part.schema.get("else", True))
    holds = part.condition(condition)
    return lambda value: then(value) if holds(value) else otherwise(value)


# Numbers


def minimum(part: Part, limit: Any) -> Check:
    return lambda value: not is_number(value) or value >= limit


def maximum(part: Part, limit: Any) -> Check:
    return lambda value: not is_number(value) or value <= limit


def exclusive_minimum(part: Part, limit: Any) -> Check:
    return lambda value: not is_number(value) or value > limit


def exclusive_maximum(part: Part, limit: Any) -> Check:
    return lambda value: not is_number(value) or value < limit


def multiple_of(part: Part, divisor: Any) -> Check:
    if not isinstance(divisor, int):
        raise Doubt("multipleOf")
    return lambda value: not is_number(value) or not value % divisor


# Texts


def pattern(part: Part, pattern: Any) -> Check:
    find = patterns.search(pattern)
    return lambda value: not isinstance(value, str) or bool(find(value))


def min_length(part: Part, limit: Any) -> Check:
    return lambda value: not isinstance(value, str) or len(value) >= limit


def max_length(part: Part, limit: Any) -> Check:
    return lambda value: not isinstance(value, str) or len(value) <= limit


# Arrays


def min_items(part: Part, limit: Any) -> Check:
    most = part.schema.get("maxItems", sys.maxsize)
    return lambda value: not isinstance(value, list) or limit <= len(value) <= most


def max_items(part: Part, limit: Any) -> Check | None:
    if "minItems" in part.schema:
        return None
    return lambda value: not isinstance(value, list) or len(value) <= limit


def unique_items(part: Part, wanted: Any) -> Check | None:
    return (lambda value: not isinstance(value, list) or unique(value)) if wanted else None


def items(part: Part, items: Any) -> Check:
    if isinstance(items, list):
        checks = [part.sub(item) for item in items]

        def check_each(value: Any) -> bool:
            if isinstance(value, list):
                for check, item in zip(checks, value, strict=False):
                    if not check(item):
                        return False
            return True

        return check_each
    item_check = part.sub(items)

    def check(value: Any) -> bool:
        if isinstance(value, list):
            for item in value:
                if not item_check(item):
                    return False
        return True

    return check


def first_additional(schema: dict[str, Any], additional: Any) -> int | None:
    """The first item without a schema of its own; None where nothing is asked of it. Raises: Doubt."""
    items = schema.get("items", {})
    if isinstance(items, dict):
        return None
    if not isinstance(items, list) or not isinstance(additional, (bool, dict)):
        raise Doubt("additionalItems")
    return None if additional is True else len(items)


def additional_items(part: Part, additional: Any) -> Check | None:
    count = first_additional(part.schema, additional)
    if count is None:
        return None
    check = part.sub(additional)
    return lambda value: not isinstance(value, list) or all(map(check, value[count:]))


def contains(part: Part, wanted: Any) -> Check:
    check = part.condition(wanted)
    least, most = part.schema.get("minContains", 1), part.schema.get("maxContains")

    def counted(value: Any) -> bool:
        if not isinstance(value, list):
            return True
        matches = sum(map(check, value))
        return bool(matches >= least and (most is None or matches <= most))

    def found(value: Any) -> bool:
        return not isinstance(value, list) or any(map(check, value))

    return found if least == 1 and most is None else counted
