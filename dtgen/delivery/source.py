"""A devicetree source of plain nodes, as FIT sources and qcom-metadata are: names, values and lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dtgen.delivery.table import malformed
from dtgen.diagnostics import Location
from dtgen.dts import compiler
from dtgen.dts.lexer import Kind, Token
from dtgen.dts.syntax import Block, Directive, Item, Statement, Unparsable, parse
from dtgen.records import dataclass

_INCBIN = re.compile(r"/incbin/\s*\(\s*(\"[^\"\n]*\")[^)]*\)")
"""What dtc would look for, and need not be there."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REFUSED = ("/include/", "/delete-node/", "/delete-property/", "/plugin/")


@dataclass(frozen=True, slots=True)
class Value:
    """A property: its strings, cells and the files it includes, each with its place."""

    location: Location
    strings: tuple[tuple[str, Location], ...] = ()
    cells: tuple[int, ...] = ()
    """Of numbers in `<…>`; references and expressions are left out."""
    files: tuple[str, ...] = ()
    """Of `/incbin/`."""


@dataclass(frozen=True, slots=True)
class SourceNode:
    """A node as it was written."""

    name: str
    location: Location
    properties: Mapping[str, Value]
    children: Mapping[str, SourceNode]


def read(text: str, file: str) -> SourceNode:
    """The root. Raises: Rejected for what would need a preprocessor, or is no source; ToolError."""
    try:
        items = parse(text)
    except Unparsable as error:
        raise malformed(error.message, Location(file, error.line)) from error
    roots = [item for item in items if isinstance(item, Block)]
    for item in items:
        _refuse(item, file)
    other = next((block for block in roots if _name(block) != "/"), None)
    if other:
        raise malformed("only / stands at the top of such a source", _at(other.first, file))
    if not roots:
        raise malformed("there is no root node in it", Location(file))
    root = _node("/", _at(roots[0].first, file), [item for root in roots for item in root.items], file)
    compiler.compile_base(_INCBIN.sub(r"\1", text).encode(), file, compiler.find_dtc()).required()
    return root


def _node(name: str, where: Location, items: Sequence[Item], file: str) -> SourceNode:
    properties: dict[str, Value] = {}
    children: dict[str, SourceNode] = {}
    for item in items:
        _refuse(item, file)
        if isinstance(item, Block):
            child = _node(_name(item), _at(_name_token(item), file), item.items, file)
            if child.name in children:
                first = children[child.name].location.line
                raise malformed(f"{child.name} is here twice (first in line {first})", child.location)
            children[child.name] = child
        elif isinstance(item, Statement):
            named = _property(item, file)
            if named:
                properties[named[0]] = named[1]
    return SourceNode(name, where, properties, children)


def _refuse(item: Item, file: str) -> None:
    if isinstance(item, Directive):
        raise malformed("dtc alone reads this source, without a preprocessor", _at(item.first, file))
    if isinstance(item, Statement) and item.first.text in _REFUSED:
        raise malformed(f"{item.first.text} is not followed here", _at(item.first, file))


def _name_token(block: Block) -> Token:
    return [token for token in block.head if not token.is_gap and token.kind is not Kind.COMMENT][-1]


def _name(block: Block) -> str:
    return _name_token(block).text


def _property(statement: Statement, file: str) -> tuple[str, Value] | None:
    found = [token for token in statement.tokens if not token.is_gap and token.kind is not Kind.COMMENT]
    if not found or found[0].kind is not Kind.WORD:
        return None
    name, where = found[0].text, _at(found[0], file)
    if len(found) > 1 and found[1].is_mark(":"):
        raise malformed("a label stands in front of no node", where)
    values = found[2:]
    strings: list[tuple[str, Location]] = []
    included: list[str] = []
    at = 0
    while at < len(values):
        token = values[at]
        if token.kind is Kind.KEYWORD and token.text == "/incbin/":
            if len(values) < at + 4 or values[at + 2].kind is not Kind.STRING:
                raise malformed('/incbin/ takes a file: /incbin/("FILE")', _at(token, file))
            included.append(_unquoted(values[at + 2].text))
            at += 3
        elif token.kind is Kind.STRING and token.text.startswith('"'):
            strings.append((_unquoted(token.text), _at(token, file)))
        at += 1
    return name, Value(where, tuple(strings), tuple(_cells(values)), tuple(included))


def _cells(values: Sequence[Token]) -> Iterator[int]:
    inside = False
    for token in values:
        if token.is_mark("<", ">"):
            inside = token.text == "<"
        elif inside and token.kind is Kind.WORD:
            number = token.text.rstrip("ULul")
            if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}", number):
                yield int(number, 16 if number[:2] in ("0x", "0X") else 10)


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda match: match[1], text[1:-1])


def _at(token: Token, file: str) -> Location:
    return Location(file, token.line, token.column)
