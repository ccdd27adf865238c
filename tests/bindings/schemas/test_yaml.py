"""What is read fast is what ruamel.yaml reads, values, types and order."""

from __future__ import annotations

from typing import Any

import pytest
import ruamel.yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.bindings import dtschema
from dtgen.bindings.schemas.yaml import read
from dtgen.project import layout


def by_ruamel(text: str) -> Any:
    yaml = ruamel.yaml.YAML(typ="safe")
    yaml.allow_duplicate_keys = False
    return yaml.load(text)


def same(one: Any, two: Any) -> bool:
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


@pytest.mark.parametrize(
    "text",
    [
        "a: 2020-01-01", "a: 1_000", "a: 012", "a: 08", "a: 00", "a: 12:30", "a: =", "a: ._1", "a: 1e400", "a: '1'",
        "012: a", "2020-01-01: a", "1: a", "true: a", "a: &b {x: 1}\nc:\n  <<: *b", "a: &b [1]\nc: *b", "a: !x 1",
        "!x a: 1", "a: [!!python/name:os 1]", "%YAML 1.1\n---\na: yes", "%YAML 1.1 \n---\na: yes", "a: 1\na: 2",
        "a: [", "a: 1\n---\nb: 2", "- a", "", "text", "a: 9999999999999999999999", "a:\n\t- x", "? [a]\n: b",
        "a: [[1, 2020-01-01]]", "a: 1__0", "a: 2001-12-14t21:59:43.10-05:00", "a: 1.0_0", "a: .03e4", "a: 1.5",
        "a: ['b':]", "a: >#", "a: |\t\n", "a: [b\t*c]", "a: &n?[_", "a: 0o_", "a: ['b':1]",
        "a: {?!b c}", "a:\n- !b c", "a: 1\n    - |\n      b\tc", "a: |#b\n  c", "a: |\n  b\n\tc", "a:\n  b\tc",
    ],
)  # fmt: skip
def test_what_is_in_dispute_is_left_to_ruamel(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "%YAML 1.2\n---\na: yes", "a: [on, off, ~, null, TRUE, True, tRue]", "a: [0x1F, 0o17, -0x1, +5, 0b11, 7]",
        "a: R&D\nb: 2 * 3", "a: |\n  x\n  y\n", "a: >-\n  x\n  y\n", 'a: "\\u00e9\\x41"', "é: ü", "a: [1,2,]", "a: {b, c}",
        "a: 'it''s'", "a:", "a: b #c\nc: d", "a: ''", "a: x_1\nb: 1,000", "\ufeffa: 1", "a: 0XFF",
        "a: '^(?!b)'", "'^(a|#b)': c", "a: b|#c", "a: x(?!y)", "a: |\n  b\tc\n  &d\n  !e\nf: 1", "a:\n  b: |+\n    c\td\n\n",
        "a: >\n  b\tc\n    &d\n\n  e\nf: 1", "examples:\n  # &a\n  - |\n    a\tb\n\n  #\tc\n  - |\n     &d\n",
    ],
)  # fmt: skip
def test_what_is_read_is_what_ruamel_reads(text: str) -> None:
    assert (found := read(text)) is not None
    assert same(found, by_ruamel(text))


@settings(max_examples=500)
@given(st.text(alphabet="0123456789aefox_.+-:,~tTzZynYN<=!&*#'\" []{}|>%@\n", max_size=12))
def test_a_value_is_read_as_ruamel_reads_it_or_not_at_all(value: str) -> None:
    for text in (f"a: {value}\n", f"a: [{value}]\n", f"{value}: a\n"):
        found = read(text)
        assert found is None or same(found, by_ruamel(text)), text


def test_the_built_in_bindings_are_read_right_and_most_of_them_fast() -> None:
    files = [*layout.builtin_bindings().rglob("*.yaml"), *dtschema.core_schemas().rglob("*.yaml")]
    slow = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        found = read(text)
        slow += found is None
        assert found is None or same(found, by_ruamel(text)), file
    assert slow < len(files) / 10


EXAMPLE = "a: 1\nexamples:\n  - |\n"


@pytest.mark.parametrize(
    "lines",
    [
        "    node {\n    \treg = <1>,\n          &label;\n    };\n",
        '    #include <x.h>\n\n    a = "b\':c";\t\n  - |\n    x !y\n',
        "\n    a|#\n      >#\n\n...\n",
    ],
)
def test_what_is_odd_in_an_example_is_read_all_the_same(lines: str) -> None:
    assert (found := read(EXAMPLE + lines)) is not None
    assert same(found, by_ruamel(EXAMPLE + lines))


@pytest.mark.parametrize(
    "lines", ["      a\n    &b\n", "    a\n\t&b\n", "    a\n   &b c\n", "    a\n&b c: d\n"]
)
def test_what_may_end_an_example_is_left_to_ruamel(lines: str) -> None:
    assert read(EXAMPLE + lines) is None


@settings(max_examples=500)
@given(
    st.text(alphabet="ab \t&!*#|>'\":-?,[]{}%.\n", max_size=40), st.sampled_from(["    ", "      ", "\n    "])
)
def test_an_example_is_read_as_ruamel_reads_it_or_not_at_all(lines: str, indent: str) -> None:
    for between in (indent.strip("\n"), ""):
        text = f"{EXAMPLE}{indent}a{lines.replace(chr(10), chr(10) + between)}\nb: 2\n"
        found = read(text)
        assert found is None or same(found, by_ruamel(text)), text
