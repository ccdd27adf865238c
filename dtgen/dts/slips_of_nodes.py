"""What stands in a node twice or in the wrong order: dtc says that it does, we say of which line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.diagnostics import Finding, Location
from dtgen.dts.lexer import Kind, Token, code
from dtgen.dts.slips import place_of


def explained(text: str, said: str, where: Location) -> Finding | None:
    """None where it is something else, or where the other line is not in this text. `where`: dtc's place."""
    found = code(text)
    at = place_of(found, where)
    if at is None:
        return None
    within, here = list(_within(found, at)), found[at]
    if said.endswith("Duplicate node name") and here.is_mark("{"):
        name = found[at - 1]
        for other in (head for head, mark in within if mark.is_mark("{") and head is not name):
            if other.text == name.text:
                help = f"put its lines into the one in line {other.line}"
                return _finding(where, name, f"the node {name.text} is there twice", help)
    elif said.endswith("Duplicate property name"):
        for other in (head for head, mark in within if not mark.is_mark("{") and head is not here):
            if other.text == here.text:
                help = f"remove this line, or line {here.line}"
                return _finding(where, other, f"the property {other.text} is there twice", help)
    elif said == "Properties must precede subnodes":
        for child in (head for head, mark in within if mark.is_mark("{")):
            message = f"the property {here.text} stands below a child node"
            return _finding(where, here, message, f"move it above {child.text}, in line {child.line}")
    return None


def _finding(where: Location, token: Token, message: str, help: str) -> Finding:
    return Finding.at(Location(where.file, token.line, token.column), message, help)


def _within(tokens: Sequence[Token], at: int) -> Iterator[tuple[Token, Token]]:
    """The names in the block around a place, in order, each with the `{`, `=` or `;` behind it."""
    depth, start = 0, at
    while start > 0 and depth < 1:
        start -= 1
        depth += tokens[start].is_mark("{") - tokens[start].is_mark("}")
    depth = 0
    for before, token in zip(tokens[start:], tokens[start + 1 :], strict=False):
        if depth < 0:
            return
        if depth == 0 and token.is_mark("{", "=", ";") and before.kind is Kind.WORD and not before.value:
            yield before, token
        depth += token.is_mark("{") - token.is_mark("}")
