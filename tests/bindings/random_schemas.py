"""Random schemas and values, and what jsonschema says of them, set up as dtschema does."""

from __future__ import annotations

import json
from typing import Any

from dtschema import DTValidator
from dtschema.lib import sized_int
from hypothesis import strategies as st
from referencing import Registry
from referencing.jsonschema import DRAFT201909

BASE = "http://devicetree.org/schemas/test.yaml"
TYPES = {
    "$id": "http://devicetree.org/schemas/types.yaml#",
    "definitions": {
        "cell": {"type": "integer", "typeSize": 32},
        "list": {"type": "array", "items": {"$ref": "#/definitions/cell"}},
    },
    "properties": {"a": {"type": "string"}},
    "patternProperties": {"^q": True},
}
DOCUMENTS: dict[str, Any] = {"http://devicetree.org/schemas/types.yaml": TYPES}


def by_jsonschema(schema: Any, value: Any, base: Any = None) -> bool:
    """`base`: what BASE is, where it is not `schema`."""
    documents = {**DOCUMENTS, BASE: base or schema}

    def retrieve(uri: str) -> Any:
        return DRAFT201909.create_resource(documents.get(uri, False))

    return bool(DTValidator.DtValidator(schema, registry=Registry(retrieve=retrieve)).is_valid(value))


def expect_as_jsonschema(ours: bool, schema: Any, value: Any) -> None:
    """Where jsonschema itself gives up, dtschema is asked, and says why; ours is no then."""
    try:
        theirs = by_jsonschema(schema, value)
    except RecursionError:
        return
    except TypeError:
        theirs = False
    assert bool(ours) == theirs, json.dumps(schema)


def whole(**keywords: Any) -> dict[str, Any]:
    return {"$id": BASE + "#", **keywords}


NAMES = ("a", "b", "ab", "q", "type", "minimum", "$nodename")
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-1, 3),
    st.builds(sized_int, st.integers(0, 3), size=st.sampled_from([8, 32, 64])),
    st.sampled_from(["", "a", "ab", "q\n", "okay"]),
    st.sampled_from([b"", b"\1", b"a"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)
PLAIN = st.one_of(
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from(["", "a", "ab"]),
    st.lists(st.integers(0, 2), max_size=2),
)
PATTERNS = st.sampled_from(["^a", "b$", "^a$", "a", "^(a|q)", "^a.*", "", "[a-c]", "^q,.*"])
SOME_NAMES = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    members = st.lists(inner, min_size=1, max_size=2)
    some = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    count = st.integers(0, 2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "integer", ["array", "boolean"]]),
            "const": PLAIN, "enum": st.lists(PLAIN, min_size=1, max_size=3),
            "minItems": count, "maxItems": count, "minimum": count, "maximum": count,
            "minLength": count, "pattern": PATTERNS, "uniqueItems": st.booleans(), "typeSize": st.sampled_from([8, 32]),
            "multipleOf": st.integers(1, 3), "required": SOME_NAMES,
            "items": st.one_of(inner, members), "additionalItems": inner, "contains": inner,
            "minContains": count, "maxContains": count,
            "properties": some, "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
            "additionalProperties": inner, "unevaluatedProperties": inner, "propertyNames": inner,
            "dependentRequired": st.dictionaries(st.sampled_from(NAMES), SOME_NAMES, max_size=2),
            "dependentSchemas": some,
            "allOf": members, "anyOf": members, "oneOf": members, "not": inner,
            "if": inner, "then": inner, "else": inner,
            "$ref": st.sampled_from(["/schemas/types.yaml#", "types.yaml#/definitions/list", "#/$defs/a", "/schemas/no.yaml"]),
        },
    )  # fmt: skip


SCHEMAS = st.recursive(st.booleans(), keywords, max_leaves=6)
