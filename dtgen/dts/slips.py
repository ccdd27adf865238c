"""What a syntax error in a source means: the slip, where it is, and what to write.

dtc says where it gave up, and nothing else; of a brace or a quote that is not closed that is far below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dtgen.diagnostics import Finding, Location
from dtgen.dts import lexer, slips_of_values
from dtgen.dts.lexer import Kind, Token

EMPTY = "the file is empty"


def slip(text: str, where: Location) -> Finding | None:
    """None where nobody knows better than dtc. `where`: of its message."""
    found = lexer.code(text)
    if not found:
        return Finding.at(Location(where.file), f"syntax error: {EMPTY}", "begin it with /dts-v1/;")
    at = place_of(found, where)
    before, token = found[:at], found[at] if at is not None else None
    if not before and found[0].text != "/dts-v1/":
        first = found[0]
        if not any(t.text == "/dts-v1/" for t in found):
            return _finding(where.file, first, "/dts-v1/; is missing", f"write it above {first.text}")
        return _finding(where.file, first, f"{first.text} stands above /dts-v1/;", "write /dts-v1/; first")
    for place, message, help in slips_of_values.slips(before, found[at:]) if token else ():
        return _finding(where.file, place, message, help)
    if quote := _open_quote(before, token):
        return _finding(where.file, quote, "the quote that opens here is not closed", 'add "')
    blocks = list(_open_blocks(before))
    bracket = _open_bracket(before)
    if bracket and (token is None or token.is_mark(";", "}")):
        help = "add > before the ;" if token and token.is_mark(";") else "end the value with >;"
        return _finding(where.file, bracket, "the < that opens here is not closed", help)
    if token is None or (blocks and token.kind is Kind.REFERENCE and _opens(found[at:])):
        return _not_closed(where.file, before, blocks, token)
    if bracket and token.text == ",":
        return _finding(
            where.file, token, "a comma between cells", "separate cells by blanks: <&label 0x1 0x2>"
        )
    return None if blocks else _outside(where.file, before, token, found[at:])


def label_on_reference(text: str, where: Location) -> Finding | None:
    """What it means where dtc does not find a node that the source gives another label."""
    found = lexer.code(text)
    at = place_of(found, where)
    for place, message, help in slips_of_values.labelled(found[:at], found[at]) if at else ():
        return Finding.at(Location(where.file, place.line, place.column), message, help)
    return None


def place_of(found: Sequence[Token], where: Location) -> int | None:
    """Which token a message is about; None for the end of the file, which has no column."""
    line = where.line or 0
    if where.column is None and not any(token.line > line for token in found):
        return None
    return next((n for n, t in enumerate(found) if (t.line, t.column) >= (line, where.column or 0)), None)


def _outside(file: str, before: Sequence[Token], token: Token, following: Sequence[Token]) -> Finding | None:
    """What stands in no block."""
    if before and before[-1].kind is Kind.REFERENCE:
        target = before[-1]
        return _finding(file, target, f"there is no {{ behind {target.text}", f"write {target.text} {{")
    if token.is_mark("}"):
        return _finding(file, token, "this } closes no block", "remove it, or one above it")
    if token.kind is Kind.WORD and _opens(following):
        message = f"the node {token.text} is not inside another node"
        return _finding(file, token, message, f"write &{token.text} {{")
    if token.kind is Kind.WORD and any(t.is_mark("=", ";") for t in following[1:2]):
        message = f"the property {token.text} is not inside a node"
        return _finding(file, token, message, "put it in its node: &label { … };")
    return None


def _finding(file: str, token: Token, message: str, help: str) -> Finding:
    return Finding.at(Location(file, token.line, token.column), f"syntax error: {message}", help)


def _opens(following: Sequence[Token]) -> bool:
    return any(token.is_mark("{") for token in following[1:2])


def _open_quote(before: Sequence[Token], token: Token | None) -> Token | None:
    """A quote that nothing closes, or only one of a string some lines below."""
    if token and token.is_mark('"'):
        return token
    last = before[-1] if before else None
    return last if last and last.kind is Kind.STRING and "\n" in last.text else None


def _open_blocks(tokens: Sequence[Token]) -> Iterator[Token]:
    """The heads of the blocks that are open behind the tokens, the innermost first."""
    closed = 0
    for place in range(len(tokens) - 1, 0, -1):
        if tokens[place].is_mark("}"):
            closed += 1
        elif tokens[place].is_mark("{"):
            if closed:
                closed -= 1
            else:
                yield tokens[place - 1]


def _not_closed(file: str, before: Sequence[Token], blocks: Sequence[Token], token: Token | None) -> Finding:
    """`token`: the reference that should not be inside of a block; None at the end of the file."""
    if not blocks:
        last = before[-1]
        if not any(t.is_mark("{") for t in before):
            return _finding(file, last, "there is no node in the file", "write &label { … }; below this line")
        return _finding(file, last, "expected ; at the end of the file", f"write {last.text}; here")
    head = _misfit(before) or blocks[0]
    unended = token is None and not before[-1].is_mark(";", "{")
    help = f"add }}; before {token.text}" if token else f"add {'; and ' if unended else ''}}}; at the end"
    return _finding(file, head, f"the block of {head.text} is not closed", help)


def _misfit(tokens: Sequence[Token]) -> Token | None:
    """The head of the first block that a brace to the left of it closes: that brace is another block's."""
    first = {token.line: token for token in reversed(tokens)}
    heads: list[Token] = []
    for before, token in pairwise(tokens):
        if token.is_mark("{"):
            heads.append(before)
        elif token.is_mark("}") and heads:
            head = heads.pop()
            if first[token.line] is token and token.offset < first[head.line].offset:
                return head
    return None


def _open_bracket(before: Sequence[Token]) -> Token | None:
    """The < of the value that the tokens end in, where it is not closed."""
    for token in reversed(before):
        if token.is_mark(">", "=") or not token.value:
            return None
        if token.is_mark("<"):
            return token
    return None
