"""Generated functions against compiled ones and jsonschema itself, on the same pairs of schemas and values."""

from __future__ import annotations

import marshal
import re
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
from hypothesis import given, settings
from validity.test_compile import ODDITIES, by_ours

from dtgen.validity import expressions, source
from dtgen.validity.compile import Schemas
from dtgen.validity.generated import Functions
from dtgen.validity.keywords import KEYWORDS
from dtgen.validity.parts import Doubt
from dtgen.validity.place import VALID, Place, place


def generated(schema: Any, kind: str = VALID, pointer: str = "") -> Functions:
    """With code for all that may be asked, so that nothing is compiled."""
    documents = {**DOCUMENTS, BASE: schema}
    schemas = Schemas(documents.__getitem__, Schemas(documents.__getitem__))
    writer, codes = expressions.writer(schemas), {}
    left = [Place(kind, BASE, pointer).key]
    while left:
        key = left.pop()
        if key not in codes:
            text = writer.function(place(key), place(key).find(documents.__getitem__))
            codes[key] = marshal.dumps(compile(text, "", "eval"))
            left += writer.needed
    return Functions(codes, documents.__getitem__, schemas)


def by_generated(schema: Any, value: Any) -> bool:
    functions = generated(schema)
    found = functions[Place(VALID, BASE).key](value)
    assert functions.compiled == []
    assert type(found) is bool
    return found


def test_each_keyword_that_is_compiled_is_generated() -> None:
    assert {*expressions.KEYWORDS, "$recursiveRef"} == set(KEYWORDS)


@pytest.mark.parametrize("small", [0, 300])
@pytest.mark.parametrize(("schema", "value"), ODDITIES, ids=lambda value: repr(value)[:60])
def test_an_oddity_of_jsonschema_is_ours(
    schema: dict[str, Any], value: Any, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one function, and each part in its own."""
    monkeypatch.setattr(source, "_SMALL", small)
    assert by_generated(whole(**schema), value) == by_jsonschema(whole(**schema), value)


STRANGE = ["'", '"', "\\", "\n", "{}", "{v0}", "%s", "]('", "'] or F['", "\0", "\ud800", "é"]


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
def test_whatever_a_schema_names_is_a_name(name: str) -> None:
    schema = whole(
        properties={name: {"enum": [name, "x"]}, "y": {"const": name}, "z": {"enum": [name, 1, None]}},
        patternProperties={re.escape(name): {"pattern": re.escape(name)}},
        additionalProperties=False,
        required=[name],
        dependentRequired={name: ["y"]},
        dependentSchemas={name: {"minProperties": 2}},
        unevaluatedProperties=False,
    )
    for value in ({name: name, "y": name, "z": name}, {name: "x"}, {"y": 1}, {name: name, "y": "y"}):
        assert by_generated(schema, value) == by_jsonschema(schema, value)


@pytest.mark.sampled
@settings(max_examples=examples(100))
@given(schema=keywords(SCHEMAS), more=keywords(SCHEMAS), value=VALUES)
def test_what_is_called_valid_is_valid(schema: dict[str, Any], more: dict[str, Any], value: Any) -> None:
    schema = whole(**schema, **{"$defs": {"a": more}})
    try:
        ours = by_generated(schema, value)
    except (Doubt, RecursionError):
        return
    except TypeError:
        with pytest.raises((Doubt, TypeError)):
            by_ours(schema, value)
        return
    expect_as_jsonschema(ours, schema, value)
