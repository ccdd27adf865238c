"""Sources in the kernel's style."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dtgen.commands import build
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.dts.format import formatted
from dtgen.dts.lexer import tokens
from dtgen.dts.meaning import Meaning
from dtgen.project.layout import Finder, KernelTree

HEADER = "// SPDX-License-Identifier: MIT\n/* S */\n\n/dts-v1/;\n/plugin/;\n"
BOARDS = ("lemans", "monaco", "sc7180", "sc8280xp", "talos", "x1", "x1-laptop")


def body(text: str) -> str:
    """What is inside of one block, formatted."""
    found = formatted(f"&a {{\n{text}\n}};\n")
    return found.removeprefix("&a {\n").removesuffix("};\n")


@pytest.mark.parametrize(
    ("written", "shall"),
    [
        pytest.param("       a;", "\ta;\n", id="spaces for a tab"),
        pytest.param("\t\ta;", "\ta;\n", id="too far"),
        pytest.param("\ta;  \t", "\ta;\n", id="white space at the end"),
        pytest.param("\ta; b = <1>; c;", "\ta;\n\tb = <1>;\n\tc;\n", id="several properties on a line"),
        pytest.param("\ta=<1>;", "\ta = <1>;\n", id="no spaces"),
        pytest.param("\ta  =  < 1 2 > ,<3> ;", "\ta = <1 2>, <3>;\n", id="odd spaces"),
        pytest.param('\ta = "b","0xAB";', '\ta = "b", "0xAB";\n', id="strings stay"),
        pytest.param("\ta = <0xABC 0X0400 0x0C>;", "\ta = <0xabc 0x0400 0x0c>;\n", id="hex digits, padding"),
        pytest.param("\ta = [DE AD 0f];", "\ta = [de ad 0f];\n", id="bytes"),
        pytest.param("\ta = <(1<<2 | B(0xA,1))>;", "\ta = <(1<<2 | B(0xa,1))>;\n", id="parentheses stay"),
        pytest.param("\ta = <0x0   &b 0x1>;", "\ta = <0x0   &b 0x1>;\n", id="columns lined up stay"),
        pytest.param("\ta =\t\t/bits/8 <1>;", "\ta =\t\t/bits/ 8 <1>;\n", id="values lined up stay"),
        pytest.param("\tb:c{d;};", "\tb: c {\n\t\td;\n\t};\n", id="a node on one line"),
        pytest.param("\tn@A0\n\t{\n\t\td;\n\t} ;", "\tn@A0 {\n\t\td;\n\t};\n", id="a brace of its own line"),
        pytest.param("\tc {};\n\td { };", "\tc {};\n\td { };\n", id="a list of empty nodes"),
        pytest.param("\n\n\ta;\n\n\n\tb;\n\n", "\ta;\n\n\tb;\n", id="blank lines"),
        pytest.param(
            "\ta;\n\tb {\n\t};\n\tc {\n\t};", "\ta;\n\n\tb {\n\t};\n\n\tc {\n\t};\n", id="around nodes"
        ),
        pytest.param(
            "\ta;\n\t/* of b */\n\tb {\n\t};", "\ta;\n\n\t/* of b */\n\tb {\n\t};\n", id="comment of a node"
        ),
        pytest.param(
            "/* x\n* y\n      * z\n  w\n*/\n\ta;", "\t/* x\n\t * y\n\t * z\n  w\n\t */\n\ta;\n", id="stars"
        ),
        pytest.param("\ta;\t/* b */\n\tc;// d", "\ta;\t/* b */\n\tc; // d\n", id="comments at the end"),
        pytest.param("\t/* a */ b; c; /* d */", "\t/* a */ b;\n\tc; /* d */\n", id="comments in front"),
        pytest.param(
            "#if A\n   b;\n #else\nc;\n#endif  ", "#if A\n\tb;\n #else\n\tc;\n#endif\n", id="#if stays"
        ),
        pytest.param(" M(1)\n  b;", "\tM(1)\n\tb;\n", id="a macro that is called"),
        pytest.param(" M\n  b;", "\tM\n\tb;\n", id="a macro that is named"),
    ],
)
def test_the_style(written: str, shall: str) -> None:
    assert body(written) == shall


@pytest.mark.parametrize(
    ("written", "shall"),
    [
        pytest.param(
            "\ta = <1>,\n\t<2>,\n\n\t\t<3>;", "\ta = <1>,\n\t    <2>,\n\n\t    <3>;\n", id="entries"
        ),
        pytest.param('\ta =\n\t"b", /* c */\n\t"d";', '\ta =\n\t\t"b", /* c */\n\t\t"d";\n', id="own lines"),
        pytest.param(
            "       a = <1 2\n            3 4>;", "\ta = <1 2\n\t     3 4>;\n", id="cells keep their distance"
        ),
        pytest.param("\ta=<P(1,\n\t     2)>;", "\ta = <P(1,\n\t       2)>;\n", id="parentheses move along"),
        pytest.param("\ta = <1>\n\n;", "\ta = <1>;\n", id="the end"),
        pytest.param("\ta = <1> // b\n;", "\ta = <1> // b\n\t    ;\n", id="the end behind a comment"),
        pytest.param("\ta = <1\n2>;", "\ta = <1\n\t    2>;\n", id="never left of the name"),
        pytest.param(
            "\ta = <1>, /* b\n* c */\n<2>;", "\ta = <1>, /* b\n\t\t  * c */\n\t    <2>;\n", id="a comment"
        ),
        pytest.param(
            "\ta = <1>,\n#if B\n<2>,\n#endif\n<3>;",
            "\ta = <1>,\n#if B\n\t    <2>,\n#endif\n\t    <3>;\n",
            id="#if",
        ),
    ],
)
def test_values_that_continue(written: str, shall: str) -> None:
    assert body(written) == shall


@pytest.mark.parametrize(
    ("written", "shall"),
    [
        ("\n\n/* h */\n/dts-v1/; /plugin/;\n&a { };", "/* h */\n\n/dts-v1/;\n/plugin/;\n\n&a { };\n"),
        ("// l\n\n\n/* h */\n\n\n/dts-v1/;", "// l\n\n/* h */\n\n/dts-v1/;\n"),
        ("/plugin/;\n#include <b.h>\n#include <a.h>\n&a { };", "/plugin/;\n\n#include <b.h>\n#include <a.h>\n\n&a { };\n"),
        ("#include <b.h>\n/dts-v1/;\n", "#include <b.h>\n\n/dts-v1/;\n"),
        ("&a { };\n\n\n\n/* end */", "&a { };\n\n/* end */\n"),
        ("#ifdef A\n&a {\n};\n#endif", "#ifdef A\n&a {\n};\n#endif\n"),
        ("/* of all */\n\n&a { };", "/* of all */\n\n&a { };\n"),
        ("/dts-v1/;\r\n&a {\r\n\tb; \r\n};\r\n", "/dts-v1/;\n\n&a {\n\tb;\n};\n"),
        ("/memreserve/ 0xA000 0X1;", "/memreserve/ 0xa000 0x1;\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_top_level(written: str, shall: str) -> None:
    assert formatted(written) == shall


def test_the_order_stays_where_only_the_style_is_wanted() -> None:
    assert formatted("&b { x; };\n&a { x; };\n", sort=False).index("&b") == 0


def code(text: str) -> Counter[str]:
    """All that is no white space, regardless of order; the stars of comments by their text."""
    return Counter(re.sub(r"\s+", " ", token.text) for token in tokens(text) if not token.is_gap)


space = st.sampled_from(["", " ", "\t", "\n", "\n\n\n", "  \n", "\r\n"])
gap = st.sampled_from([" ", "\t", "\n", " \n\n "])
comment = st.sampled_from(["", "/* c */", "/* c\n   * d\n*/", "// e\n"])
label = st.sampled_from(["a", "b1", "b12", "b2", "c_x"])
cells = st.lists(st.sampled_from(["1", "0x0aF", "&b2", "(1 << 2)", "0xFUL"]), min_size=1, max_size=3)


@st.composite
def values(draw: st.DrawFn) -> str:
    def entry() -> str:
        inner = draw(gap).join(draw(cells))
        return draw(
            st.sampled_from([f"<{draw(space)}{inner}{draw(space)}>", '"0xAB;{"', "[0A bC]", "/bits/ 8 <1>"])
        )

    entries = [entry() for _ in range(draw(st.integers(1, 3)))]
    return f"{draw(space)},{draw(space)}{draw(comment)}".join(entries)


@st.composite
def properties(draw: st.DrawFn, name: str) -> str:
    if draw(st.booleans()):
        return f"{name}{draw(space)};"
    return f"{name}{draw(space)}={draw(space)}{draw(comment)}{draw(values())}{draw(space)};"


@st.composite
def blocks(draw: st.DrawFn, head: str, depth: int) -> str:
    text = f"{head}{draw(space)}{{"
    for name in draw(st.lists(st.sampled_from(["reg", "#x-cells", "q,y"]), unique=True, max_size=2)):
        text += draw(space) + draw(comment) + draw(space) + draw(properties(name))
        text += draw(space) + draw(comment)
    if depth:
        for number in range(draw(st.integers(0, 2))):
            text += draw(space) + draw(comment) + draw(space) + draw(blocks(f"n@{number}", depth - 1))
    return f"{text}{draw(space)}}}{draw(space)};"


@st.composite
def sources(draw: st.DrawFn) -> str:
    text = "/dts-v1/;/plugin/;"
    for _ in range(draw(st.integers(0, 4))):
        head = draw(st.one_of(label.map("&{}".format), st.sampled_from(["&{/}", "&{/soc/n@0}", "l: &d"])))
        text += draw(space) + draw(comment) + draw(space) + draw(blocks(head, 1)) + draw(comment)
    return text + draw(space)


@settings(max_examples=100)
@given(sources())
def test_formatting_twice_is_formatting_once_and_loses_nothing(text: str) -> None:
    once = formatted(text)
    assert formatted(once) == once
    assert code(once.lower()) == code(text.lower())
    assert all(line == line.rstrip() for line in once.split("\n"))
    assert "\n\n\n" not in once
    assert once.endswith("\n")
    assert not once.endswith("\n\n")


@settings(max_examples=30)
@given(sources())
def test_a_formatted_overlay_means_what_it_meant(text: str) -> None:
    dtc = compiler.find_dtc()
    before = compiler.compile_overlay(text, "x.dtso", dtc)
    assume(before.blob is not None)
    after = compiler.compile_overlay(formatted(text), "x.dtso", dtc)
    styled = compiler.compile_overlay(formatted(text, sort=False), "x.dtso", dtc)
    assert styled.blob == before.blob
    assert Meaning.of(blob.read(after.required(), "x")) == Meaning.of(blob.read(before.required(), "x"))


@pytest.mark.parametrize("board", BOARDS)
def test_what_dtgen_renders_is_in_the_style(board: str, finder: Finder) -> None:
    text = build.rendered(board, finder)
    assert formatted(text) == text


def overlays(corpus: KernelTree) -> list[Path]:
    found = sorted(corpus.root.rglob("*.dtso"))
    assert len(found) == 25
    return found


def test_the_overlays_of_linux(corpus: KernelTree) -> None:
    """Which are not in the style as they were merged, and all of them twice."""
    changed = set()
    for file in overlays(corpus):
        text = file.read_text(encoding="utf-8")
        once = formatted(text)
        assert formatted(once) == once, file
        assert code(once.lower()) == code(text.lower()), file
        if once != text:
            changed.add(file.name)
    assert changed == {
        "apq8016-sbc-d3-camera-mezzanine.dtso",  # no blank line in front of a node
        "apq8016-sbc-usb-host.dtso",  # spaces
        "lemans-el2.dtso",  # spaces in two lines
        "qcs6490-rb3gen2-industrial-mezzanine.dtso",  # order, blank lines, spaces, a comment's star
        "qrb2210-rb1-vision-mezzanine.dtso",  # order, spaces
        "sm8550-hdk-display-card.dtso",  # order
        "sm8650-hdk-display-card.dtso",  # order
        "talos-evk-lvds-auo,g133han01.dtso",  # no blank line after the header
        "talos-evk-usb1-peripheral.dtso",  # no blank line after the header
    }
