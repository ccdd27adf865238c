"""A schema finds no error in a node that its condition is not true of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from bindings.random_schemas import BASE, DOCUMENTS, NAMES, SCHEMAS, VALUES, by_jsonschema, keywords, whole
from corpus import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.bindings import validator
from dtgen.bindings.dtschema import UNMATCHED, load
from dtgen.bindings.fast import index
from dtgen.bindings.fast.engine import FastEngine
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.project import layout
from dtgen.validity.compile import Schemas

OTHER = {"$id": "http://devicetree.org/schemas/other.yaml#", "properties": {"o": {"type": "string"}}}


def condition(**keywords: Any) -> set[tuple[str, ...]] | None:
    documents = {"http://devicetree.org/schemas/other.yaml": OTHER}
    schema = {"$id": BASE + "#", "select": True, **keywords}
    clause = index.condition(schema, BASE, Schemas({**documents, BASE: schema}.__getitem__).target)
    return None if clause is None else set(clause)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"a": {"type": "string"}, "b": True, "c": {}}}, {("has", "a")}),
        ({"patternProperties": {"^a": False, "b": True}}, {("has-like", "^a")}),
        ({"properties": {"a": True}, "additionalProperties": False}, {("has-other", "a", "")}),
        (
            {"patternProperties": {"^a": True}, "additionalProperties": {"type": "string"}},
            {("has-other", "", "^a")},
        ),
        ({"patternProperties": {"(?i)a": True}, "additionalProperties": False}, None),
        ({"properties": {"a": True}, "unevaluatedProperties": False}, {("has-other", "a", "")}),
        ({"additionalProperties": True, "type": "object", "maxItems": 1}, set()),
        ({"type": "array"}, None),
        ({"required": ["a"]}, None),
        ({"oneOf": [True, True]}, None),
        ({"tomorrow": 1}, None),
        (
            {"allOf": [{"properties": {"a": False}}, {"properties": {"b": False}}]},
            {("has", "a"), ("has", "b")},
        ),
        ({"anyOf": [{"required": ["a"]}, {"properties": {"b": False}}]}, {("has", "b")}),
        ({"not": {"required": ["a"]}}, {("has", "a")}),
        ({"not": {"minProperties": 1}}, None),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {("has", "a")}),
        ({"if": {"properties": {"a": False}}, "else": {"required": ["b"]}}, {("has", "a")}),
        ({"dependentRequired": {"a": ["b"]}}, {("has", "a")}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {("has", "a")}),
        ({"$ref": "/schemas/other.yaml#"}, {("has", "o")}),
        ({"$ref": "/schemas/none.yaml#"}, None),
        ({"$ref": "#"}, None),
        ({"properties": {"a": False}, "$schema": "http://json-schema.org/draft-07/schema#"}, None),
        ({"allOf": [{"$id": "http://devicetree.org/x.yaml#", "properties": {"a": False}}]}, None),
        ({"select": False, "required": ["a"]}, set()),
        ({"select": {"required": ["a"]}, "required": ["b"]}, {("has", "a")}),
        (
            {"select": {"properties": {"compatible": {"contains": {"enum": ["a", "b"]}}}}, "required": ["b"]},
            {("compatible", "a"), ("compatible", "b"), ("lacks-compatible",)},
        ),
        (
            {
                "select": {
                    "properties": {"compatible": {"contains": {"const": "a"}}},
                    "required": ["compatible"],
                },
                "required": ["b"],
            },
            {("compatible", "a")},
        ),
        (
            {"select": {"properties": {"$nodename": {"items": [{"pattern": "^a"}]}}}, "required": ["b"]},
            {("named-like", "^a")},
        ),
        (
            {"select": {"properties": {"compatible": {"contains": {"const": 1}}}}, "required": ["b"]},
            None,
        ),
        (
            {"select": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, "required": ["c"]},
            {("has", "a"), ("has", "b")},
        ),
    ],
)
def test_a_condition_is_what_an_error_needs(schema: dict[str, Any], expected: set[Any] | None) -> None:
    assert condition(**schema) == expected


NODES = st.dictionaries(
    st.sampled_from(NAMES[:-1]),
    st.one_of(VALUES, st.lists(st.sampled_from(["a", "ab"]), min_size=1, max_size=2)),
    max_size=3,
)
TEXTS = st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, max_size=2)
TEXT = st.one_of(
    st.builds(lambda text: {"const": text}, st.sampled_from(["a", "b"])),
    st.builds(lambda texts: {"enum": texts}, TEXTS),
    st.builds(lambda text: {"pattern": text}, st.sampled_from(["^a", "b$"])),
)
LISTS = st.one_of(
    st.builds(lambda text: {"contains": text}, TEXT),
    st.builds(lambda text: {"items": [text]}, TEXT),
    st.builds(lambda text: {"anyOf": [{"contains": text}, {"items": [text]}]}, TEXT),
)
SELECTS = st.one_of(
    st.just(True),
    keywords(SCHEMAS),
    st.builds(
        lambda compatible, name, required, more: {
            "properties": {"compatible": compatible, "$nodename": name}, "required": required, **more
        },
        LISTS, LISTS, st.sampled_from([["compatible"], ["a"], []]), keywords(SCHEMAS),
    ),
)  # fmt: skip


@pytest.mark.sampled
@settings(max_examples=examples(200))
@given(
    schema=keywords(SCHEMAS),
    select=SELECTS,
    node=NODES,
    compatible=st.one_of(st.none(), TEXTS),
    name=st.sampled_from(["a", "b", "ab", "x"]),
)
def test_there_is_no_error_where_the_condition_is_not_true(
    schema: dict[str, Any], select: Any, node: dict[str, Any], compatible: list[str] | None, name: str
) -> None:
    schema = whole(**{**schema, "select": select})
    try:
        clause = index.condition(schema, BASE, Schemas({**DOCUMENTS, BASE: schema}.__getitem__).target)
    except Exception:  # noqa: BLE001  then the schema is asked of every node
        return
    node = {**node, "$nodename": [name], **({"compatible": compatible} if compatible else {})}
    if not index.Candidates([clause]).of(node, name):
        try:
            valid = by_jsonschema({"if": select, "then": schema}, node, schema)
        except Exception:  # noqa: BLE001  it leads to itself or to nowhere
            return
        assert valid


CONDITIONS = [
    None,
    [("has", "a")],
    [("has-like", "^b")],
    [("has-other", "a", "$nodename", "compatible", "", "^b")],
    [("compatible", "c")],
    [("compatible-like", "^d")],
    [("lacks-compatible",)],
    [("named", "n")],
    [("named-like", "^m")],
    [],
]


@pytest.mark.parametrize(
    ("node", "name", "expected"),
    [
        ({}, "x", [0, 6]),
        ({"a": 1}, "x", [0, 1, 6]),
        ({"bb": 1}, "x", [0, 2, 6]),
        ({"x": 1}, "x", [0, 3, 6]),
        ({"compatible": ["z", "c"]}, "x", [0, 4]),
        ({"compatible": ["dd"]}, "x", [0, 5]),
        ({}, "n", [0, 6, 7]),
        ({}, "mm", [0, 6, 8]),
        ({"compatible": True}, "x", list(range(10))),
        ({"compatible": []}, "x", list(range(10))),
        ({"compatible": b"c"}, "x", list(range(10))),
        ({"compatible": ["c", 1]}, "x", list(range(10))),
    ],
)
def test_candidates_are_those_whose_condition_is_true(
    node: dict[str, Any], name: str, expected: list[int]
) -> None:
    assert index.Candidates(CONDITIONS).of({**node, "$nodename": [name]}, name) == expected


@pytest.fixture(scope="module")
def prepared() -> prepare.SchemaSet:
    return prepare.prepare(layout.builtin_bindings(), (), layout.cache_directory())


def test_no_error_is_outside_of_the_candidates(
    prepared: prepare.SchemaSet, compiled: Callable[[str], bytes]
) -> None:
    plain, fast = Engine(load(prepared.processed()), "dtschema alone", True), prepared.load()
    assert isinstance(fast, FastEngine)
    always = fast._always
    assert always == plain._validator.always_schemas
    tree = validator.decode(plain, compiled("qcs9100-ride.dts"))
    asked = 0
    dtschema = plain._validator

    @cache
    def own(schema: str) -> Any:
        """As in dtschema's iter_errors()."""
        whole = {"if": dtschema.schemas[schema]["select"], "then": dtschema.schemas[schema]}
        return dtschema.DtValidator(whole, registry=dtschema.registry)

    for number, (_, name, node, _) in enumerate(validator._nodes(tree.root, "/", "/", False)):
        node["$nodename"] = [name]
        if number % 8:
            continue
        candidates = {always[n] for n in fast._candidates.of(node, name)}
        asked += len(candidates)
        for schema in set(always) - candidates - {UNMATCHED}:
            assert own(schema).is_valid(node), (name, schema)
    assert asked


def test_both_engines_know_the_same(prepared: prepare.SchemaSet) -> None:
    plain: Engine = Engine(load(prepared.processed()), "dtschema alone", True)
    fast = prepared.load()
    assert fast.property_names == plain.property_names
    names = [*plain.property_names, "acme,unknown", "foo-supply", "pinctrl-7", "vdd-gpios", "x-names"]
    assert [fast.types(name) for name in names] == [plain.types(name) for name in names]
    compatibles = [
        "foo",
        "foobar",
        "test,x",
        "qcom,sa8775p-pas",
        "qcom,sa8775p-adsp-pas",
        "acme,b",
        "",
        "a\n",
    ]
    assert fast.undocumented(compatibles) == plain.undocumented(compatibles)
