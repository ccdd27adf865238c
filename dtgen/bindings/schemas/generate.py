"""What dtschema makes of a set of schemas as a whole: types of properties, compatibles, its tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from dtgen.bindings import dtschema
from dtgen.bindings.dtschema import PATTERN_TYPES, TYPES, Schema
from dtgen.bindings.schemas.pack import to_json
from dtgen.validity import patterns

OneType = tuple[str | None, Any, bool]
"""A type of a property: its name, or None; its dimensions as ((least, most), (least, most)), or None; and
whether the property's name is a regular expression."""
TypesOfOne = tuple[OneType, ...]


TypesSaid = dict[str, TypesOfOne]
"""What a schema says of the types of properties, one entry after the other, in the order in which it does."""


class _Ordered(dict[str, Any]):
    def keys(self) -> Any:
        return _Keywords(self)


class _Keywords(list[str]):
    def __and__(self, some: Collection[str]) -> list[str]:
        return [keyword for keyword in self if keyword in some]


_TOGETHER = frozenset({"allOf", "oneOf", "anyOf", "properties", "patternProperties"})
"""Keywords of which dtschema looks for several at once."""


def ordered(mapping: dict[str, Any]) -> dict[str, Any]:
    """A mapping in a schema, whose keywords dtschema asks in their order.

    It intersects the keys with sets, which are in another order in every process.
    """
    return _Ordered(mapping) if len(mapping.keys() & _TOGETHER) > 1 else mapping


class _Regex:
    """A regular expression of which most are never searched for."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def search(self) -> patterns.Search:
        return patterns.search(self._pattern)


class _Seen(dict[str, Any]):
    """The properties that one schema speaks of, with what those before it made of them."""

    def __init__(self, before: Callable[[str], TypesOfOne]) -> None:
        super().__init__()
        self._before = before

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._is_known(str(name))

    def __missing__(self, name: str) -> Any:
        if self._is_known(name):
            return self[name]
        raise KeyError(name)

    def setdefault(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else super().setdefault(name, default)

    def _is_known(self, name: str) -> bool:
        types = _entries(name, self._before(name))
        if types:
            self[name] = types
        return bool(types)


def _entries(name: str, types: TypesOfOne) -> list[dict[str, Any]]:
    """As dtschema keeps them. It compares the `$id` of a schema only with those of the same schema."""
    return [
        {
            "type": type_,
            "$id": [],
            **({"dim": dimensions} if dimensions else {}),
            **({"regex": _Regex(name)} if is_pattern else {}),
        }
        for type_, dimensions, is_pattern in types
    ]


def property_types(schema: Schema, before: Callable[[str], TypesOfOne]) -> dict[str, TypesOfOne]:
    """What dtschema makes of each property that a schema speaks of, in the order in which it does.

    `schema`: with its mappings ordered.
    `before`: what it made of a property for the schemas before this one; nothing where they have none.
    Raises: whatever a schema provokes that dtschema does not expect.
    """
    seen = _Seen(before)
    dtschema.extract_types(seen, schema)
    return {name: _types_of_one(entries) for name, entries in seen.items()}


class _Heard(list[Any]):
    """Of one property: dtschema adds to it, and never finds anything in it."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _AllHeard(dict[str, Any]):
    def __missing__(self, name: str) -> _Heard:
        found = self[name] = _Heard()
        return found

    def __contains__(self, name: object) -> bool:
        raise LookupError  # it asks this only where what it has added itself makes a difference

    def setdefault(self, name: str, default: Any = None) -> Any:
        if default:
            self[name] += default
        return self[name]


def types_said(schema: Schema) -> TypesSaid | None:
    """What dtschema would add of each property, were nothing known of it; None where that is not all.

    What it makes of a property depends on this and on what it made of it before, and on nothing else.
    `schema`: with its mappings ordered.
    """
    heard = _AllHeard()
    try:
        dtschema.extract_types(heard, schema)
    except Exception:  # noqa: BLE001  whatever it is, it comes again
        return None
    # most are the same few, and can be sent to another process as such
    return {sys.intern(name): _shared(_types_of_one(list.__iter__(of_one))) for name, of_one in heard.items()}


def outcome(before: TypesOfOne, said: OneType) -> TypesOfOne | None:
    """What dtschema makes of a property of which a schema says this one thing; None where it is not asked.

    Of several things that a schema says, it makes one after the other.
    """
    type_, dimensions, is_pattern = said
    sizes: Schema = {}
    if dimensions:
        (least, most), (least_inside, most_inside) = dimensions
        sizes = {"minItems": least, "maxItems": most}
        sizes["items"] = {"minItems": least_inside, "maxItems": most_inside}
    named: Sequence[Schema] = [{"$ref": f"x.yaml#/{kind}/{type_}"} for kind in ("definitions", "properties")]
    for part in ({}, {"type": "object"}, *named):
        of_one = {"x": {**part, **sizes}}
        schema = {"$id": "x", ("patternProperties" if is_pattern else "properties"): of_one}
        if types_said(schema) == {"x": (said,)}:
            return property_types(schema, lambda name: before)["x"]
    return None


_shared = cache(tuple)  # of a tuple, which it returns


def _types_of_one(entries: Iterable[Mapping[str, Any]]) -> TypesOfOne:
    return tuple([(entry["type"], entry.get("dim"), "regex" in entry) for entry in entries])


def type_schemas(types: Mapping[str, TypesOfOne]) -> dict[str, Schema]:
    """What dtschema generates of the types of all properties of a set, which are in its order.

    Raises: KeyError with a property that another one's type refers to, and that is none.
    """
    entries = {name: _entries(name, of_one) for name, of_one in types.items()}
    generated = dtschema.type_schemas(entries)
    for schema in generated.values():
        for entries in schema["properties"].values():
            for entry in entries:
                # dtschema leaves it in what is a pattern only in the second place, and cannot write that
                entry.pop("regex", None)
    return generated


def compatibles(schema: Schema, record: bytes) -> set[str]:
    """All that dtschema finds in a schema, which `record` is as JSON.

    It goes through all of it, for what mostly has one place. Raises: whatever a schema provokes that it
    does not expect.
    """
    places = record.count(b'"compatible":')
    if places == 1 and _has(schema):
        schema = {"compatible": schema["properties"]["compatible"]}
    found = dtschema.extract_compatibles(schema) if places else set()
    "".join(found)  # where one is no text, dtschema would fail later, and not say which schema that is from
    return found


def compatible_schemas(compatibles: Iterable[str]) -> dict[str, Schema]:
    """What dtschema generates of the compatibles of all schemas of a set."""
    schemas = dtschema.compatible_schemas(list(compatibles))
    for schema in schemas.values():
        # dtschema has them in another order in every process
        schema["properties"]["compatible"]["items"]["anyOf"].sort(
            key=lambda member: member.get("pattern", "")
        )
    return schemas


def tables(schemas: Mapping[str, Schema]) -> tuple[list[str], list[tuple[str, str]]]:
    """The schemas that dtschema asks of every node, and compatibles with their schemas, in its order.

    Of those that have one compatible, the last one counts.
    """
    # its constructor asks for no more than this of a schema
    slim: dict[str, Any] = {
        name: {
            "$id": schema["$id"],
            **({"select": schema["select"]} if "select" in schema else {}),
            **(
                {"properties": {"compatible": schema["properties"]["compatible"]}}
                if "select" not in schema and _has(schema)
                else {}
            ),
        }
        for name, schema in schemas.items()
        if name not in (TYPES, PATTERN_TYPES)
    }
    if not slim:
        return [], []  # the constructor would read files
    return dtschema.tables(to_json({**slim, "version": dtschema.version()}))


def _has(schema: Schema) -> bool:
    return "properties" in schema and "compatible" in schema["properties"]
