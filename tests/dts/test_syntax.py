"""Sources as comments, preprocessor lines, statements and blocks."""

from __future__ import annotations

import pytest

from dtgen.dts.syntax import Block, Comment, Directive, Item, Statement, Unparsable, parse


def shape(items: tuple[Item, ...]) -> list[object]:
    """The kinds of items, with `+` for those behind a blank line."""
    found: list[object] = []
    for item in items:
        name = ("+" if item.blank else "") + item.first.text
        found.append((name, shape(item.items)) if isinstance(item, Block) else name)
    return found


def test_the_items_of_a_source() -> None:
    items = parse("// a\n\n/dts-v1/;\n#include <b>\n\n/* c */\n&d {\n\te = <1>;\n\n\tf: g { };\n};\n")
    assert shape(items) == ["// a", "+/dts-v1/", "#include <b>", "+/* c */", ("&d", ["e", ("+f", [])])]
    kinds = [Comment, Statement, Directive, Comment, Block]
    assert [type(item) for item in items] == kinds


def test_a_comment_at_the_end_of_a_line_belongs_to_it() -> None:
    (block,) = parse("&a { /* b */\n\tc; /* d */ // e\n} /* f */; // g\n")
    assert isinstance(block, Block)
    (statement,) = block.items
    assert isinstance(statement, Statement)
    texts = [[token.text for token in part if not token.is_gap] for part in (block.opening, block.trailing)]
    assert texts == [["/* b */"], ["/* f */", "// g"]]
    assert [token.text for token in statement.trailing if not token.is_gap] == ["/* d */", "// e"]


def test_a_comment_in_front_of_code_belongs_to_the_code() -> None:
    first, second = parse("a; /* b */ c;\n")
    assert isinstance(first, Statement)
    assert isinstance(second, Statement)
    assert (first.trailing, second.first.text) == ((), "/* b */")


@pytest.mark.parametrize("macro", ["MACRO(1, 2)", "MACRO(a) // b", "MACRO((1))"])
def test_a_macro_may_stand_without_a_semicolon(macro: str) -> None:
    assert shape(parse(f"&a {{\n\t{macro}\n\tb = <1>;\n\t{macro}\n}};\n")) == [
        ("&a", ["MACRO", "b", "MACRO"])
    ]


@pytest.mark.parametrize(
    ("head", "reference", "labels"),
    [
        ("&a", "a", ()),
        ("&{/b@0}", "/b@0", ()),
        ("c: d : &a", "a", ("c", "d")),
        ("/omit-if-no-ref/ &a", None, ()),
        ("c: a@0", None, ("c",)),
        ("/", None, ()),
    ],
)
def test_the_head_of_a_block(head: str, reference: str | None, labels: tuple[str, ...]) -> None:
    (block,) = parse(f"{head} {{ x; }};")
    assert isinstance(block, Block)
    assert (block.reference, block.labels, block.ended) == (reference, labels, True)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("&a {\n\tb;\n", 1, "the block that begins here has no end"),
        ("&a {\n};\n};\n", 3, "this brace closes no block"),
        ("{\n};\n", 1, "there is no name in front of this brace, or a comment is"),
        ("#if A\n&b {\n#else\n&c {\n#endif\n\td;\n};\n", 2, "the block that begins here has no end"),
        ("&a {\n" + "b {" * 64, 2, "blocks are nested more than 64 deep"),
        ("&a { b = <(1 { 2)>; };", 1, "dtgen cannot tell what this belongs to"),
    ],
)
def test_what_cannot_be_followed(text: str, line: int, message: str) -> None:
    with pytest.raises(Unparsable) as caught:
        parse(text)
    assert (caught.value.line, caught.value.message) == (line, message)
