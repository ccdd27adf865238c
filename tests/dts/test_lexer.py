"""Sources as tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.dts.lexer import Kind, Token, lower_hex, tokens, width


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.name, token.text) for token in tokens(text) if not token.is_gap]


@given(st.text(alphabet="/*\"\\\n\r\t #&{}<>;=ax0@,.'", max_size=60) | st.text(max_size=60))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


def test_the_words_of_a_source() -> None:
    assert kinds('/plugin/;\n&{/soc@0} {\n\tl: n@1,2 { #x-cells = /bits/ 8 <(1+0xA) &l "a;b">; };\n};') == [
        ("KEYWORD", "/plugin/"),
        ("PUNCTUATION", ";"),
        ("REFERENCE", "&{/soc@0}"),
        ("PUNCTUATION", "{"),
        ("WORD", "l"),
        ("PUNCTUATION", ":"),
        ("WORD", "n@1,2"),
        ("PUNCTUATION", "{"),
        ("WORD", "#x-cells"),
        ("PUNCTUATION", "="),
        ("KEYWORD", "/bits/"),
        ("WORD", "8"),
        ("PUNCTUATION", "<"),
        ("PUNCTUATION", "("),
        ("WORD", "1"),
        ("PUNCTUATION", "+"),
        ("WORD", "0xA"),
        ("PUNCTUATION", ")"),
        ("REFERENCE", "&l"),
        ("STRING", '"a;b"'),
        ("PUNCTUATION", ">"),
        ("PUNCTUATION", ";"),
        ("PUNCTUATION", "}"),
        ("PUNCTUATION", ";"),
        ("PUNCTUATION", "}"),
        ("PUNCTUATION", ";"),
    ]


@pytest.mark.parametrize(
    "line", ["#include <a.h>", "#  define A \\\n\t1", "\t#ifdef X /* a\nb */", "#endif", '#include"a.h"']
)
def test_a_line_of_the_preprocessor(line: str) -> None:
    assert kinds(f"a;\n{line}\nb;")[2:-2] == [("DIRECTIVE", line)]


@pytest.mark.parametrize("name", ["#size-cells", "#address-cells", "#iommu-cells", "#included"])
def test_a_property_with_a_hash_is_no_line_of_the_preprocessor(name: str) -> None:
    assert kinds(f"\n{name} = <1>;")[0] == ("WORD", name)


def test_comments_hide_what_is_in_them() -> None:
    found = [text for kind, text in kinds('a; // b; /*\n/* c; // " */ d = "/* e */";') if kind == "COMMENT"]
    assert found == ["// b; /*", '/* c; // " */']


def test_where_a_token_starts() -> None:
    found = [token for token in tokens("a;\n\tb = <1>;") if token.text == "="]
    assert found == [Token(Kind.PUNCTUATION, "=", 2, 4, 10, False)]


@pytest.mark.parametrize(
    ("text", "in_bytes", "lower"),
    [
        ("0x0AbC", False, "0x0abc"),
        ("0X1F", False, "0x1f"),
        ("0xFFUL", False, "0xffUL"),
        ("0xAG", False, "0xAG"),
        ("MACRO_0xAB", False, "MACRO_0xAB"),
        ("DEAD", False, "DEAD"),
        ("DEAD", True, "dead"),
        ("DEAL", True, "DEAL"),
    ],
)
def test_hex_digits_in_lower_case(text: str, in_bytes: bool, lower: str) -> None:
    assert lower_hex(Token(Kind.WORD, text, 1, 1, 0, True), in_bytes) == lower


def test_a_string_keeps_its_case() -> None:
    assert lower_hex(Token(Kind.STRING, '"0xAB"', 1, 1, 0, True), False) == '"0xAB"'


def test_columns_of_a_line() -> None:
    assert width("\ta\tb") == 17
    assert width("\ta\tb", 9) == 16
    assert [token.offset for token in tokens("\ta\t/* x\n\t*/ b\tc") if token.text in "abc"] == [8, 11, 16]
