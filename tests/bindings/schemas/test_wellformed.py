"""What is surely valid JSON Schema is valid to dtschema, and all that is valid in real schemas is sure."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from corpus import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import SPECIFICATIONS

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import file
from dtgen.bindings.schemas.wellformed import _CHECKS, is_surely_valid
from dtgen.project import layout

VALUES: list[Any] = [
    True, None, -1, 0, 1, 1.5, "", "a", "x#", "x#y", "object", [], ["a"], ["a", "a"], ["object", "null"], [True], [{}],
    [[]], [1], {}, {"a": True}, {"a": 1}, {"a": ["b"]}, {"a": ["b", "b"]}, {"a": {"type": "x"}}, [{"minItems": "x"}],
    {"pattern": "a"}, {"a": {"patternProperties": {"b": False}}}, {1: True}, {"items": [{"pattern": 1}]},
]  # fmt: skip
DIALECT = "https://json-schema.org/draft/2019-09"


def is_valid(schema: dict[str, Any]) -> bool:
    return not list(dtschema.schema_of(schema, "").iter_errors(strict=False))


def test_all_keywords_of_the_meta_schemas_are_known() -> None:
    names = ("core", "applicator", "validation", "meta-data", "format", "content")
    documents = [f"{DIALECT}/schema", *(f"{DIALECT}/meta/{name}" for name in names)]
    keywords = {keyword for uri in documents for keyword in SPECIFICATIONS.contents(uri)["properties"]}
    assert {*keywords, "select"} - {"default", "const"} == _CHECKS.keys()


@pytest.mark.parametrize("keyword", [*_CHECKS, "const", "unknown"])
def test_a_value_is_surely_valid_only_where_it_is_valid(keyword: str) -> None:
    sure = [value for value in VALUES if is_surely_valid({keyword: value}, set())]
    assert all(is_valid({keyword: value}) for value in sure), keyword
    assert sure or keyword.startswith("$")


PARTS = st.recursive(
    st.sampled_from(VALUES[:-6]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(sorted(_CHECKS)), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.sampled
@settings(max_examples=examples(400))
@given(
    st.dictionaries(
        st.sampled_from(["properties", "select", "allOf", "if", "items", "$defs"]), PARTS, max_size=3
    )
)
def test_what_is_surely_valid_is_valid_to_dtschema(schema: dict[str, Any]) -> None:
    found: set[str] = set()
    if is_surely_valid(schema, found):
        assert is_valid(schema)
        assert found == set(file._patterns(schema))


def test_real_schemas_are_sure_and_their_expressions_found() -> None:
    directories = layout.builtin_bindings(), dtschema.core_schemas()
    for path in itertools.chain.from_iterable(directory.rglob("*.yaml") for directory in directories):
        schema, found = file.read(str(path)), set[str]()
        assert is_surely_valid(schema, found), path
        assert found == set(file._patterns(schema)), path
