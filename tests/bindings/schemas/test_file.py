"""Schema files: what dtschema makes of them, and what is told of those that it cannot use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dtgen.bindings.schemas.file import process
from dtgen.bindings.schemas.problem import SchemaProblem


def test_a_schema_is_prepared(tmp_path: Path, widget: str) -> None:
    file = tmp_path / "widget.yaml"
    file.write_text(widget)
    made = process(str(file), "test/widget.yaml")
    assert isinstance(made, tuple)
    schema = json.loads(made[1])
    assert made[0] == "http://devicetree.org/schemas/test/widget.yaml"
    assert (schema["$id"], schema["$filename"], schema["type"]) == (
        made[0] + "#",
        "test/widget.yaml",
        "object",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("title: Widget", "title: [", 7, "expected ',' or ']', but got '<scalar>'"),
        ("$id: http", "$idd: http", 1, "it has no $id"),
        ("maxItems: 1", "maxItems: x", 11, "properties: reg: maxItems: 'x' is not of type 'integer'"),
        ("title: Widget", "title: 5", 5, "title: 5 is not of type 'string'"),
        ("title: Widget", "select: 5", 5, "select: 5 is not of type 'object', 'boolean'"),
        ("maxItems: 1", "pattern: '[a'", 11, "[a is not a regular expression: unterminated character set"),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_problem_with_its_line(
    tmp_path: Path, widget: str, old: str, new: str, line: int | None, message: str
) -> None:
    file = tmp_path / "widget.yaml"
    file.write_text(widget.replace(old, new, 1))
    assert process(str(file), "widget.yaml") == SchemaProblem(str(file), line, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not a schema: a schema is a mapping"),
        (b"text\n", "it is not a schema: a schema is a mapping"),
        (b"- a\n- b\n", "it is not a schema: a schema is a mapping"),
        (b"a: \xff", "it is not UTF-8: invalid start byte at byte 3"),
    ],
)
def test_a_file_that_is_no_schema_is_a_problem_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "widget.yaml"
    file.write_bytes(content)
    assert process(str(file), "widget.yaml") == SchemaProblem(str(file), None, message)
