"""What a source's text tells that its blob does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.dts.scan import Mention, Scan, scan

HEAD = "/dts-v1/;\n/plugin/;\n"


def fragments(text: str) -> list[tuple[str, int]]:
    return [(mention.text, mention.line) for mention in scan(text).fragments]


def deletes(text: str) -> list[tuple[str, int]]:
    return [(mention.text, mention.line) for mention in scan(text).deletes]


def test_a_whole_source():
    text = f"{HEAD}\n&soc {{\n\t/delete-property/ x;\n}};\n\n&{{/chosen}} {{\n\ty;\n}};\n"
    assert scan(text) == Scan(
        True,
        (Mention("&soc", 4), Mention("&{/chosen}", 8)),
        (),
        (Mention("/delete-property/ x", 5),),
    )


def test_an_empty_text():
    assert scan("") == Scan(False, (), (), ())


@pytest.mark.parametrize(
    ("text", "plugin"),
    [
        ("/dts-v1/;\n/plugin/;\n", True),
        ("/dts-v1/;/plugin/;", True),
        ("/dts-v1/ /plugin/;", True),
        ("/dts-v1/;", False),
        ("// /plugin/;\n", False),
        ("/* /plugin/; */", False),
        ('/ { x = "/plugin/"; };', False),
        ("/ { plugin; };", False),
    ],
)
def test_plugin(text, plugin):
    assert scan(text).plugin is plugin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&soc { };", [("&soc", 1)]),
        ("&soc{};", [("&soc", 1)]),
        ("&soc\n{\n};", [("&soc", 1)]),
        ("label: &soc { };", [("&soc", 1)]),
        ("&{/soc@0/uart@1000} { };", [("&{/soc@0/uart@1000}", 1)]),
        ("&a { };\n\n&b { };\n&a { };", [("&a", 1), ("&b", 3), ("&a", 4)]),
        ("&a { n { m { }; }; };\n&b { };", [("&a", 1), ("&b", 2)]),
        ("/* &a { }; */\n&b { };", [("&b", 2)]),
        ("// &a { };\n&b { };", [("&b", 2)]),
        ("/*\n * {\n * &a {\n */\n&b { };", [("&b", 5)]),
        ('&a { x = "{"; };\n&b { };', [("&a", 1), ("&b", 2)]),
        ('&a { x = "}", "\\"{"; };\n&b { };', [("&a", 1), ("&b", 2)]),
        ('&a { x = "/*"; };\n&b { y = "*/"; };', [("&a", 1), ("&b", 2)]),
        ('&a { x = "//"; };\n&b { };', [("&a", 1), ("&b", 2)]),
        ("&a { x = <&b 1>, <&c>; y = &d; };", [("&a", 1)]),
        ("&a { &b { }; };", [("&a", 1)]),
        ("&a { n { &b { }; &{/c} { }; }; };", [("&a", 1)]),
        ("/ { n { }; };", []),
        ("/ { __overlay__ { }; };", []),
        ("/ { n { m { __overlay__ { }; }; }; };", []),
        ("/ { fragment@0 { target = <&a>; __overlay__ { }; }; };", [("fragment@0", 1)]),
        ("/ {\n\tfragment@0 {\n\t\t__overlay__ { };\n\t};\n};", [("fragment@0", 2)]),
        ("/ {\n\tfragment {\n\t\tx: __overlay__ { n { }; };\n\t};\n};", [("fragment", 2)]),
        (
            "/ {\n\tfragment@0 { __overlay__ { }; };\n\tfragment@1 { __overlay__ { }; };\n};\n&b { };",
            [("fragment@0", 2), ("fragment@1", 3), ("&b", 5)],
        ),
        ("&a { };\n/ { fragment@0 { __overlay__ { }; }; };", [("&a", 1), ("fragment@0", 2)]),
        ("/ { fragment@0 { target = <&a>; }; };", []),
        ("&a { __overlay__ { }; };", [("&a", 1)]),
        ("/ { n { x = <&a>; __overlay__ { &b { }; }; }; };", [("n", 1)]),
    ],
)
def test_fragments(text, expected):
    assert fragments(text) == expected


@pytest.mark.parametrize("text", ["&a /* why */ { };", "&a // why\n{ };", "&a\n/* why */\n{ };"])
def test_a_comment_before_the_brace(text):
    assert fragments(text) == [("&a", 1)]


@pytest.mark.parametrize("literal", ["'{'", "'}'"])
def test_a_character_is_no_brace(literal):
    assert fragments(f"/ {{ n {{ x = <{literal}>; __overlay__ {{ }}; }}; }};\n&b {{ }};") == [
        ("n", 1),
        ("&b", 2),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&a { /delete-node/ n; };", [("/delete-node/ n", 1)]),
        ("&a { /delete-node/ n@1000; };", [("/delete-node/ n@1000", 1)]),
        ("/delete-node/ &a;", [("/delete-node/ &a", 1)]),
        ("/delete-node/ &{/soc/a};", [("/delete-node/ &{/soc/a}", 1)]),
        ("&a { /delete-property/ x,y-z;\n/delete-property/ #cells; };", [("/delete-property/ x,y-z", 1), ("/delete-property/ #cells", 2)]),
        ("&a {\n\n/delete-node/\n\tn;\n};\n", [("/delete-node/ n", 3)]),
        ("// /delete-node/ n;\n/* /delete-property/ x; */", []),
        ('&a { x = "/delete-node/ n;"; };', []),
        ("&a { /omit-if-no-ref/ n { }; };", []),
    ],
)  # fmt: skip
def test_deletes(text, expected):
    assert deletes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "deleted"),
    [
        ("&a { b: n { }; }; &b { x; };", ["&a"], []),
        ("&a { x: b: n@1 { }; }; &b { /delete-property/ x; };", ["&a"], []),
        ("/ { f { frag: __overlay__ { }; }; }; &frag { x; };", ["f"], []),
        ("&a { b: n { }; }; &b { n { /delete-node/ m; }; }; /delete-node/ &b;", ["&a"], []),
        ("&b { x; }; &a { b: n { }; };", ["&b", "&a"], []),
        ("&a { b: x = <1>; y = c: <1>; }; &b { }; &c { };", ["&a", "&b", "&c"], []),
        (
            "&a { b: n { }; /delete-node/ m; }; /delete-node/ &c;",
            ["&a"],
            ["/delete-node/ m", "/delete-node/ &c"],
        ),
        ("&a { b: n { }; }; &{/b} { };", ["&a", "&{/b}"], []),
    ],
)
def test_a_label_of_the_sources_own_is_no_fragment(text, expected, deleted):
    assert [name for name, _ in fragments(text)] == expected
    assert [name for name, _ in deletes(text)] == deleted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('/ { fragment@0 { target = <0xffffffff>; __overlay__ { x = "&y"; }; }; __fixups__ { }; };', True),
        ('/ { f { target-path = "/"; __overlay__ { }; }; };', True),
        ("/ { f { target = <&a>; __overlay__ { }; }; };", False),
        ("/ { f { target = <1>; __overlay__ { a: a { b = <&a>; }; }; }; __local_fixups__ { }; };", True),
        ("&a { x; }; / { __fixups__ { }; };", False),
        ("/ { soc { }; };", False),
        ("", False),
    ],
)
def test_what_dtc_makes_an_overlay_of_without_plugin(text, expected):
    assert (scan(text).written_out, scan(text).is_overlay) == (expected, expected)
    assert scan(f"/dts-v1/; /plugin/; {text}").is_overlay


def test_lines_count_through_comments_and_strings():
    text = 'x\n/* 1\n2\n3 */ // 4\n/ { y = "5\n6"; };\n\n&a { };\n/delete-node/ &b;\n'
    assert scan(text) == Scan(False, (Mention("&a", 8),), (), (Mention("/delete-node/ &b", 9),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&a {", [("&a", 1)]),
        ("}}}};\n&a { };", [("&a", 2)]),
        ("}\n&a { };\n}\n&b { };", [("&a", 2), ("&b", 4)]),
        ("&a { n {\n};\n&b { };", [("&a", 1)]),
        ("{ &a { };", []),
        ('"&a { };', [("&a", 1)]),
        ("/* &a { };", [("&a", 1)]),
        ("&{/a { };", []),
    ],
)
def test_what_is_not_balanced_is_no_error(text, expected):
    assert fragments(text) == expected


@given(st.text())
def test_any_text_is_looked_through(text):
    found = scan(text)
    for mention in (*found.fragments, *found.deletes):
        assert 1 <= mention.line <= text.count("\n") + 1


pieces = st.sampled_from(
    [
        "/", "/ ", "{", "}", ";", "&", "&a", "&{/a}", '"', "\\", "/*", "*/", "//", "\n", " ", "n", "n@1", "<",
        "__overlay__", "/plugin/", "/delete-node/", "/delete-property/ ", "=", "'", "#", "é", "\0",
    ]
)  # fmt: skip


@given(st.lists(pieces, max_size=60).map("".join))
def test_any_pieces_of_a_source_are_looked_through(text):
    found = scan(text)
    lines = text.split("\n")
    for mention in found.fragments:
        assert mention.text.split("\n")[0] in lines[mention.line - 1]
    for mention in found.deletes:
        assert "/delete-" in lines[mention.line - 1]


names = st.sampled_from(["&a", "&b_1", "&{/}", "&{/soc@0/n}"])
bodies = st.recursive(
    st.sampled_from(["", "x;", 'y = "}{&z {";', "z = <&a 1>;", "/* } */", "// {\n"]),
    lambda inner: st.lists(inner.map(lambda body: f"n {{ {body} }};"), max_size=3).map(" ".join),
    max_leaves=8,
)


@given(st.lists(st.tuples(names, bodies), max_size=6))
def test_every_fragment_of_a_sound_source_is_found(written):
    text = HEAD + "\n".join(f"{name} {{ {body} }};" for name, body in written)
    assert [name for name, _ in fragments(text)] == [name for name, _ in written]
