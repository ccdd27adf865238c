"""What is wrong with a binding, in a sentence with a line, and its examples as sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.bindings.schemas.examples import Example, source
from dtgen.bindings.schemas.file import examples_of, meta_problems

GOOD = """\
# SPDX-License-Identifier: GPL-2.0
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/thing.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#

title: A thing

maintainers:
  - A Person <a@example.org>

properties:
  compatible:
    const: v,thing
  reg:
    maxItems: 1

required:
  - compatible

additionalProperties: false

examples:
  - |
    thing@0 {
        compatible = "v,thing";
        reg = <0x0 0x4>;
    };
  - |

    other {
    };
"""


def problems(tmp_path: Path, text: str) -> list[tuple[int | None, str]]:
    file = tmp_path / "thing.yaml"
    file.write_text(text)
    return [(problem.line, problem.message) for problem in meta_problems(str(file))]


def test_a_binding_that_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    maxItems", "    maxItem", 16, "properties/reg: maxItem cannot be here; did you mean maxItems?"),
        ("maintainers:", "maintainer:", 9, "maintainer cannot be here; did you mean maintainers?"),
        ("maxItems: 1", "maxItems: one", 16, "properties/reg/maxItems: 'one' is not of type 'integer'"),
        ("additionalProperties: false", "", 1, "'unevaluatedProperties' is a required property"),
        ("title: A", "title: [A", 9, "expected ',' or ']', but got ':'"),
        ("title: A thing", "title: A thing\ntitle: B", 8, "found duplicate key"),
        ("title: A thing", "title: [", 10, "expected"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    found = problems(tmp_path, GOOD.replace(old, new))
    assert any(place == line and message in text for place, text in found), found


def test_a_file_that_is_no_mapping(tmp_path: Path) -> None:
    assert problems(tmp_path, "- a\n") != []
    assert problems(tmp_path, "") != []


def test_examples_are_found_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "thing.yaml"
    file.write_text(GOOD)
    first, second = examples_of(str(file))
    lines = GOOD.split("\n")
    assert first == Example(0, 25, 'thing@0 {\n    compatible = "v,thing";\n    reg = <0x0 0x4>;\n};\n')
    assert lines[first.line - 1] == "    thing@0 {"
    assert (second.number, second.line, second.text) == (1, 30, "\nother {\n};\n")
    assert examples_of(str(tmp_path / "none.yaml")) == []


def test_an_example_stands_in_a_tree_at_its_lines() -> None:
    text = source([Example(3, 7, "x { interrupts = <GIC_SPI 4 (A | B)>; };")], 'a"b.yaml')
    assert "example-3 {\n" in text
    assert '\n#line 7 "a\\"b.yaml"\nx { interrupts' in text
    assert "#interrupt-cells = <3>;\n" in text


def test_an_example_with_a_root_is_a_tree() -> None:
    assert "example-0" not in source([Example(0, 1, "/ { x; };")], "a.yaml")


def test_examples_are_one_source() -> None:
    text = source([Example(0, 7, "a: a { };"), Example(1, 11, "b { a = <&a>; };")], "a.yaml")
    assert text.count("/plugin/;") == 1
    assert (
        text.index('#line 7 "a.yaml"\na: a')
        < text.index('#line 1 "<after example 0>"')
        < text.index("example-1")
    )
