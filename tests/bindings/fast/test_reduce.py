"""What dtschema says of a node is the same where it is shown only a part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bindings.random_schemas import BASE, DOCUMENTS, NAMES, SCHEMAS, VALUES, keywords, whole
from corpus import examples
from dtschema import DTValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry
from referencing.jsonschema import DRAFT201909

from dtgen.bindings.fast import reduce
from dtgen.validity.compile import Schemas

Said = list[tuple[list[Any], list[Any], str, bool]]


def said(schema: Any, shown: Any, node: Any) -> Said:
    """By jsonschema, of what is shown of a node."""
    documents = {**DOCUMENTS, BASE: schema}

    def retrieve(uri: str) -> Any:
        return DRAFT201909.create_resource(documents.get(uri, False))

    asked = {"if": schema["select"], "then": schema} if "select" in schema else schema
    errors: list[Any] = list(
        DTValidator.DtValidator(asked, registry=Registry(retrieve=retrieve)).iter_errors(shown)
    )
    reduce.restore(errors, shown, node)
    return [(list(e.absolute_path), list(e.schema_path), e.message, e.instance is node) for e in errors]


def shown(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    documents = {**DOCUMENTS, BASE: schema}
    return reduce.reduced(Schemas(documents.__getitem__), schema, BASE, node)


CHILDREN = st.dictionaries(
    st.sampled_from([*NAMES, "c", "d", "e"]), st.one_of(VALUES, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2)), min_size=4
)  # fmt: skip


@pytest.mark.sampled
@settings(max_examples=examples(300))
@given(schema=keywords(SCHEMAS), more=keywords(SCHEMAS), node=CHILDREN)
def test_the_same_is_said(schema: dict[str, Any], more: dict[str, Any], node: dict[str, Any]) -> None:
    schema = whole(**schema, **{"$defs": {"a": more}})
    try:
        expected = said(schema, node, node)
    except (RecursionError, TypeError):
        return
    assert said(schema, shown(schema, node), node) == expected


PIN = {
    "type": "object",
    "properties": {"function": {"enum": ["gpio", "qup"]}},
    "required": ["function"],
    "additionalProperties": False,
}
PINS: dict[str, Any] = {
    "patternProperties": {"-state$": {"oneOf": [PIN, {"additionalProperties": PIN}]}},
    "properties": {"reg": True},
    "additionalProperties": False,
}
GOOD = {f"pin{number}-state": {"function": "gpio"} for number in range(20)}


@pytest.mark.parametrize(
    ("schema", "more", "count"),
    [
        (PINS, {"wrong-state": {"function": "none"}}, 1),
        (PINS, {"wrong-state": {"function": "none"}, "reg": 1, "pin3": {}}, 2),
        ({"allOf": [PINS], "required": ["reg", "pin1-state"]}, {}, 1),
        ({"allOf": [PINS, {"anyOf": [{"required": ["pin2-state"]}, False]}]}, {"x": 1}, 2),
        ({"if": {"required": ["pin2-state"]}, "then": PINS}, {"x": 1}, 2),
        ({"if": {"required": ["pin2-state"]}, "then": False, "else": PINS}, {"x": 1}, 21),
        ({**PINS, "select": {"required": ["reg"]}}, {"reg": 1, "x": {}}, 2),
        # the node is in the message
        ({"anyOf": [{"required": ["x"]}, False], "patternProperties": PINS["patternProperties"]}, {}, 20),
        ({"not": {"required": ["pin0-state"]}}, {}, 20),
        # all of them are in the message
        ({"allOf": [PINS], "unevaluatedProperties": False}, {"wrong-state": {"function": "none"}}, 21),
        ({"unevaluatedProperties": False, "patternProperties": PINS["patternProperties"]}, {"x": 1}, 1),
        ({"maxProperties": 3}, {}, 20),
        ({"dependentRequired": {"pin0-state": ["x"]}}, {}, 1),
        ({"dependentSchemas": {"pin0-state": {"required": ["x"]}}}, {}, 1),
        ({"propertyNames": {"pattern": "^pin1"}}, {}, 9),
        ({"tomorrow": 1}, {}, 20),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_shown(schema: dict[str, Any], more: dict[str, Any], count: int) -> None:
    schema, node = whole(**schema), {**GOOD, **more}
    seen = shown(schema, node)
    assert len(seen) == count
    assert said(schema, seen, node) == said(schema, node, node)


def test_dtschema_is_not_asked_of_the_others(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, widget: str, cache: Any
) -> None:
    from dtgen.bindings.schemas import prepare

    pins = widget.replace("  part:\n", "patternProperties:\n  -pin$:\n").replace(
        "test,mode:\n", "test,mode:\n"
    )
    (tmp_path / "widget.yaml").write_text(pins)
    engine: Any = prepare.prepare(tmp_path, (), cache).load()
    node = {f"{number}-pin": {"test,size": 1} for number in range(50)}
    node |= {"compatible": ["test,widget"], "reg": [[1]], "x-pin": {}}  # type: ignore[dict-item]
    sizes: list[int] = []
    ask: Callable[..., Any] = engine._validator.iter_errors
    monkeypatch.setattr(
        engine._validator, "iter_errors", lambda n, *more: sizes.append(len(n)) or ask(n, *more)
    )
    (error,) = engine.errors(node, "widget", False)
    assert (list(error.absolute_path), error.validator) == (["x-pin"], "required")
    assert sizes == [4]
