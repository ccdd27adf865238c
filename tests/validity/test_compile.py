"""Compiled schemas against jsonschema itself: what they call valid is, oddities included."""

from __future__ import annotations

from typing import Any

import pytest
from bindings.random_schemas import (
    BASE,
    DOCUMENTS,
    SCHEMAS,
    VALUES,
    by_jsonschema,
    expect_as_jsonschema,
    keywords,
    whole,
)
from corpus import examples
from dtschema.lib import sized_int
from hypothesis import given, settings

from dtgen.validity import equality
from dtgen.validity.compile import Schemas
from dtgen.validity.parts import Doubt


def by_ours(schema: Any, value: Any) -> bool:
    documents = {**DOCUMENTS, BASE: schema}
    return Schemas(documents.__getitem__, Schemas(documents.__getitem__)).check(schema, BASE)(value)


ODDITIES: list[tuple[dict[str, Any], Any]] = [
    # of a schema for additional properties the keywords are taken for names
    ({"additionalProperties": {"type": "string"}, "unevaluatedProperties": False}, {"x": "a"}),
    ({"additionalProperties": {"type": "string"}, "unevaluatedProperties": False}, {"type": "a"}),
    ({"unevaluatedProperties": {"type": "string"}}, {"type": 1}),
    ({"unevaluatedProperties": {"type": "string"}}, {"x": 1}),
    ({"allOf": [{"unevaluatedProperties": {"minimum": 2}}], "unevaluatedProperties": False}, {"minimum": 3}),
    ({"allOf": [{"additionalProperties": True}], "unevaluatedProperties": False}, {"x": 1}),
    ({"unevaluatedProperties": False, "$ref": "/schemas/types.yaml#"}, {"a": "x", "qq": 1}),
    ({"unevaluatedProperties": False, "$ref": "/schemas/types.yaml#"}, {"b": "x"}),
    ({"unevaluatedProperties": False, "anyOf": [{"properties": {"a": {"const": 1}}}, {"required": ["b"]}]}, {"a": 2, "b": 1}),
    ({"unevaluatedProperties": False, "if": {"properties": {"a": {"const": 1}}}, "else": {"properties": {"b": True}}}, {"a": 2, "b": 1}),
    ({"unevaluatedProperties": False, "if": {"properties": {"a": {"const": 1}}}, "then": {"properties": {"b": True}}}, {"a": 1, "b": 1}),
    ({"unevaluatedProperties": False, "dependentSchemas": {"a": {"properties": {"a": True, "b": True}}}}, {"a": 1, "b": 1}),
    ({"unevaluatedProperties": False, "not": {"properties": {"a": False}}}, {"a": 1}),
    ({"patternProperties": {"a|b": True, "^c": True}, "additionalProperties": False}, {"xb": 1, "cx": 1}),
    ({"patternProperties": {"^a$": {"const": 1}}}, {"a\n": 2}),
    ({"patternProperties": {"a$": {"const": 1}}}, {"ba\n": 2}),
    # truth is no number
    ({"const": 1}, True), ({"const": True}, 1), ({"enum": [1, "a"]}, True), ({"enum": [False]}, 0), ({"const": 1}, 1.0),
    ({"enum": [0]}, sized_int(0)), ({"type": "integer"}, True), ({"type": "integer"}, 2.0), ({"type": "number"}, True),
    ({"const": [1, True]}, [True, 1]), ({"const": {"a": [1]}}, {"a": [1]}), ({"const": [1, 2]}, b"\x01\x02"),
    ({"const": "ab"}, b"ab"), ({"enum": [[1], None]}, [sized_int(1, size=8)]), ({"not": {"const": 1.0}}, 1),
    ({"uniqueItems": True}, [1, True]), ({"uniqueItems": True}, [1, 1.0]), ({"uniqueItems": True}, [{"a": 1}, {"a": 1}]),
    ({"uniqueItems": True}, [[1], [2], [1]]), ({"uniqueItems": True}, ["a", 1, "a"]), ({"uniqueItems": True}, [True, True]),
    ({"uniqueItems": False}, [1, 1]), ({"uniqueItems": True}, [[1, True], [1, 1]]),
    # what has no size has 32 bits
    ({"typeSize": 32}, "text"), ({"typeSize": 32}, [sized_int(1, size=8)]), ({"typeSize": 8}, sized_int(1, size=8)),
    ({"typeSize": 32}, sized_int(1, size=64)), ({"typeSize": 32}, True), ({"typeSize": 16}, {}),
    ({"contains": {"const": 1}}, []), ({"contains": {"const": 1}, "minContains": 0}, []),
    ({"contains": {"const": 1}, "minContains": 2}, [1]), ({"contains": {"const": 1}, "maxContains": 1}, [1, 1]),
    ({"contains": {"const": 1}, "minContains": 0, "maxContains": 1}, [1, 1]), ({"contains": {"const": 1}}, "text"),
    ({"items": [{"const": 1}], "additionalItems": False}, [1, 2]), ({"items": {"const": 1}, "additionalItems": False}, [1, 1]),
    ({"additionalItems": False}, [1]), ({"items": [{"const": 1}], "additionalItems": {"const": 2}}, [1, 2, 3]),
    ({"items": [True, False]}, [1]), ({"items": [True, False]}, [1, 2]), ({"items": False}, []), ({"items": False}, [1]),
    ({"oneOf": [True, True]}, 1), ({"oneOf": [True, False]}, 1), ({"oneOf": []}, 1), ({"anyOf": []}, 1),
    ({"then": False, "else": False}, 1), ({"if": True, "else": False}, 1), ({"if": False, "then": False}, 1),
    ({"$ref": "/schemas/types.yaml#/definitions/list", "maxItems": 1}, [1, 2]),
    ({"$ref": "/schemas/types.yaml#/definitions/list"}, [sized_int(1, size=8)]),
    ({"$ref": "types.yaml#/definitions/cell"}, 1), ({"$ref": "/schemas/none.yaml#"}, 1),
    ({"anyOf": [{"$ref": "/schemas/none.yaml#"}, True]}, 1), ({"not": {"$ref": "/schemas/none.yaml#"}}, 1),
    ({"definitions": {"a~/b": {"const": 1}}, "$ref": "#/definitions/a~0~1b"}, 1),
    ({"properties": {"x": {"$ref": "#"}}, "required": ["y"]}, {"y": 1, "x": {"y": 1, "x": {}}}),
    ({"format": "email"}, "no address"), ({"minItems": 2}, b"x"), ({"minLength": 2}, b"x"), ({"minLength": 2}, ["x"]),
    ({"pattern": "^a"}, ["b"]), ({"pattern": "^a$"}, "a\n"), ({"required": ["a"]}, ["a"]), ({"minimum": 2}, True),
    ({"multipleOf": 4}, 6), ({"multipleOf": 4}, True), ({"exclusiveMinimum": 1}, 1), ({"exclusiveMaximum": 1}, 1),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}), ({"propertyNames": {"pattern": "^a"}}, {"b": 1}),
    ({"properties": {"a": {}, "b": {"description": "x"}}, "additionalProperties": False}, {"a": 1, "b": 2}),
    ({"type": ["string", "array"]}, [1]), ({"type": "object"}, []), ({"type": "null"}, None), ({"type": "boolean"}, 1),
    ({"minProperties": 1}, {}), ({"maxProperties": 0}, {"a": 1}), ({"maxItems": 1, "minItems": 1}, []),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value"), ODDITIES, ids=lambda value: repr(value)[:60])
def test_an_oddity_of_jsonschema_is_ours(schema: dict[str, Any], value: Any) -> None:
    assert by_ours(whole(**schema), value) == by_jsonschema(whole(**schema), value)


@pytest.mark.parametrize(
    "schema",
    [
        {"unevaluatedItems": False},
        {"$recursiveRef": "#"},
        {"tomorrow": 1},
        {"type": "cell"},
        {"multipleOf": 0.5},
        {"$ref": "#anchor"},
        {"$ref": "https://json-schema.org/draft/2019-09/schema"},
        {"$ref": "http://json-schema.org/draft-07/schema#"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"allOf": [{"$id": "http://devicetree.org/other.yaml#"}]},
        {"definitions": {"a": {"$id": "x", "b": {}}}, "$ref": "#/definitions/a/b"},
        {"additionalProperties": False, "patternProperties": {"(a)\\1": True}},
        {"additionalProperties": False, "patternProperties": {"(?i)a": True}},
        {"additionalProperties": False, "patternProperties": {"": True}},
        {"items": True, "additionalItems": False},
        {"allOf": ["text"]},
        {"definitions": {"a": [True]}, "$ref": "#/definitions/a/0"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("value", [{"a": 1}, [1], 1])
def test_what_is_not_compiled_is_a_doubt(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises((Doubt, LookupError)):
        by_ours(whole(**schema), value)


def test_a_reference_to_nowhere_is_no_answer() -> None:
    with pytest.raises(LookupError):
        by_ours(whole(**{"$ref": "#/definitions/none"}), 1)


def test_a_reference_in_a_select_to_itself_is_a_doubt() -> None:
    with pytest.raises(Doubt):
        Schemas(DOCUMENTS.__getitem__).check({"$ref": "#/definitions/a"}, "")


@pytest.mark.sampled
@settings(max_examples=examples(200))
@given(schema=keywords(SCHEMAS), more=keywords(SCHEMAS), value=VALUES)
def test_what_is_called_valid_is_valid(schema: dict[str, Any], more: dict[str, Any], value: Any) -> None:
    schema = whole(**schema, **{"$defs": {"a": more}})
    try:
        ours = by_ours(schema, value)
    except (Doubt, RecursionError):
        return
    expect_as_jsonschema(ours, schema, value)


@pytest.mark.sampled
@settings(max_examples=examples(200))
@given(one=VALUES, two=VALUES)
def test_values_are_equal_where_jsonschema_says_so(one: Any, two: Any) -> None:
    from jsonschema import _utils

    assert equality.equal(one, two) == _utils.equal(one, two)
    assert equality.unique([one, two, one]) == _utils.uniq([one, two, one])


def test_what_is_missing_is_excused_where_that_is_asked_for() -> None:
    schema = whole(
        allOf=[{"required": ["a"]}],
        unevaluatedProperties=False,
        anyOf=[{"required": ["b"]}, {"maxProperties": 1}],
    )
    schemas = Schemas(DOCUMENTS.__getitem__, Schemas(DOCUMENTS.__getitem__))
    check = schemas.check(schema, BASE)
    assert not check({"c": 1})
    schemas.disabled = True
    assert check({"c": 1})
    # a condition is what it is
    assert not check({"c": 1, "d": 1})
