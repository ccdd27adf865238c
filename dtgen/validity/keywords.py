"""The keywords that are compiled: what kind of value each asks, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from dtgen.validity import objects, values
from dtgen.validity.parts import Check, Part


class Keyword(NamedTuple):
    """A keyword of JSON Schema, or dtschema's `typeSize`."""

    cost: int
    """What is cheap is asked first, `unevaluatedProperties` last: it goes by all others."""
    of: Literal["any", "number", "string", "array", "object"]
    """Values of another type are valid."""
    check: Callable[[Part, Any], Check | None]
    """From a schema with the keyword, and its value there; None where it asks nothing."""


KEYWORDS = {
    "type": Keyword(0, "any", values.type_),
    "const": Keyword(1, "any", values.const),
    "enum": Keyword(1, "any", values.enum),
    "minItems": Keyword(1, "array", values.min_items),
    "maxItems": Keyword(1, "array", values.max_items),
    "minimum": Keyword(1, "number", values.minimum),
    "maximum": Keyword(1, "number", values.maximum),
    "exclusiveMinimum": Keyword(1, "number", values.exclusive_minimum),
    "exclusiveMaximum": Keyword(1, "number", values.exclusive_maximum),
    "multipleOf": Keyword(1, "number", values.multiple_of),
    "minLength": Keyword(1, "string", values.min_length),
    "maxLength": Keyword(1, "string", values.max_length),
    "typeSize": Keyword(1, "any", values.type_size),
    "required": Keyword(1, "object", objects.required),
    "minProperties": Keyword(1, "object", objects.min_properties),
    "maxProperties": Keyword(1, "object", objects.max_properties),
    "pattern": Keyword(2, "string", values.pattern),
    "uniqueItems": Keyword(2, "array", values.unique_items),
    "dependentRequired": Keyword(2, "object", objects.dependent_required),
    "contains": Keyword(3, "array", values.contains),
    "items": Keyword(3, "array", values.items),
    "additionalItems": Keyword(3, "array", values.additional_items),
    "properties": Keyword(4, "object", objects.properties),
    "propertyNames": Keyword(4, "object", objects.property_names),
    "patternProperties": Keyword(5, "object", objects.pattern_properties),
    "additionalProperties": Keyword(5, "object", objects.additional_properties),
    "$ref": Keyword(6, "any", values.ref),
    "$recursiveRef": Keyword(6, "any", values.recursive_ref),
    "not": Keyword(6, "any", values.not_),
    "if": Keyword(6, "any", values.if_),
    "allOf": Keyword(6, "any", values.all_of),
    "anyOf": Keyword(6, "any", values.any_of),
    "oneOf": Keyword(6, "any", values.one_of),
    "dependentSchemas": Keyword(6, "object", objects.dependent_schemas),
    "unevaluatedProperties": Keyword(7, "object", objects.unevaluated_properties),
}
