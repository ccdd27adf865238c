"""The types and dimensions that a set of schemas gives to properties, as dtschema's validator has them.

Source: DTValidator's property_get_type(), property_get_type_dim() and property_has_fixed_dimensions() in
dtschema's validator.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from dtgen.bindings import patience
from dtgen.bindings.dtschema import PATTERN_TYPES, TYPES
from dtgen.bindings.fast.names import Names
from dtgen.validity import patterns

Dimensions = list[list[int]]
"""The least and the most rows, then columns; 0 as the most for any number."""


class Types:
    """Of a set's properties."""

    def __init__(self, schemas: Mapping[str, Any], names: Names) -> None:
        self._schemas = schemas
        self._types: dict[str, list[str]] = names.table("types")
        self._dimensions: dict[str, Dimensions | None] = names.table("dimensions")

    def of(self, name: str) -> list[str]:
        """`string-array`, `uint32`, …, sorted; empty for none."""
        found = self._types.get(name)
        if found is None:
            types = {entry["type"] for entry in self.by_name.get(name, ()) if entry["type"]}
            with patience.limited():
                types = types or {entry["type"] for entry in self._matching(name)}
            found = self._types[name] = sorted(types - {"node"} if len(types) > 1 else types)
        return found

    def dimensions(self, name: str) -> Dimensions | None:
        """None where no schema says."""
        if name not in self._dimensions:
            with patience.limited():
                entries = [*self.by_name.get(name, ()), *self._matching(name)]
            found = next((entry["dim"] for entry in entries if "dim" in entry), None)
            self._dimensions[name] = found
        return self._dimensions[name]

    def has_fixed_dimensions(self, name: str) -> bool:
        """Whether its rows or its columns are of one number."""
        found = self.dimensions(name)
        return bool(found) and any(most > 0 and least == most for least, most in found or ())

    @cached_property
    def by_name(self) -> dict[str, list[dict[str, Any]]]:
        """What schemas say of properties that they name."""
        found: dict[str, list[dict[str, Any]]] = self._schemas[TYPES]["properties"]
        return found

    def _matching(self, name: str) -> Iterator[dict[str, Any]]:
        """What is said first of each expression that finds a name, where that is a type."""
        for pattern, entries in self._schemas[PATTERN_TYPES]["properties"].items():
            if entries[0]["type"] and patterns.search(pattern)(name):
                yield entries[0]
