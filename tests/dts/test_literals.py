from __future__ import annotations

import pytest

from dtgen.dts import syntax
from dtgen.dts.literals import Form, Literal, literals, name_of
from dtgen.dts.syntax import Statement


def statement(text: str) -> Statement:
    (found,) = syntax.parse(text)
    assert isinstance(found, Statement)
    return found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"a", "b,c"', [Literal(Form.TEXT, ('"a"',)), Literal(Form.TEXT, ('"b,c"',))]),
        ("<1 &x 0x2>, <3>", [Literal(Form.CELLS, ("1", "&x", "0x2")), Literal(Form.CELLS, ("3",))]),
        ("<(1 << 2) 'a' (-1)>", [Literal(Form.CELLS, ("(1 << 2)", "'a'", "(-1)"))]),
        ("<(A > B) PIN(1, 2) C>", [Literal(Form.CELLS, ("(A > B)", "PIN(1, 2)", "C"))]),
        ("/bits/ 64 <1>, <2>", [Literal(Form.CELLS, ("1",), 64), Literal(Form.CELLS, ("2",))]),
        ("[00 ff], &x", [Literal(Form.BYTES, ("00ff",)), Literal(Form.PATH, ("&x",))]),
        ('/incbin/("f", 0, 1), <l: 1>', [Literal(Form.FILE), Literal(Form.CELLS, ("1",))]),
        ("/* c */ <1 /* d */ 2>", [Literal(Form.CELLS, ("1", "2"))]),
    ],
)
def test_the_literals_of_a_value(value: str, found: list[Literal]) -> None:
    assert list(literals(statement(f"p = {value};"))) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("p;", "p"),
        ("a: b: qcom,p-1 = <1>;", "qcom,p-1"),
        ("#size-cells = <1>;", "#size-cells"),
        ("/delete-property/ p;", None),
        ("/delete-node/ &x;", None),
    ],
)
def test_the_name_of_a_property(text: str, name: str | None) -> None:
    token = name_of(statement(text))
    assert (token.text if token else None) == name


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('"a"', b"a\0"),
        (r'"a\n\t\"\\b"', b'a\n\t"\\b\0'),
        (r'"\x1f\101\0"', b"\x1fA\0\0"),
        ('"é"', "é".encode() + b"\0"),
    ],
)
def test_the_bytes_of_a_text(text: str, data: bytes) -> None:
    assert literals(statement(f"p = {text};"))[0].data == data
