"""What a syntax error in a source means: the slip, where it is, and what to write.

dtc says where it gave up, and nothing else; of a brace or a quote that is not closed that is far below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.diagnostics import Finding, Location
from dtgen.dts import lexer
from dtgen.dts.lexer import Kind, Token


def slip(text: str, where: Location) -> Finding | None:
    """None where nobody knows better than dtc. `where`: of its message."""
    found = [t for t in lexer.tokens(text) if not t.is_gap and t.kind not in (Kind.COMMENT, Kind.DIRECTIVE)]
    if not found:
        return Finding.at(
            Location(where.file), "syntax error: there is nothing in the file", "begin it with /dts-v1/;"
        )
    at = next(
        (n for n, t in enumerate(found) if (t.line, t.column) >= (where.line or 0, where.column or 0)), None
    )
    before, token = found[:at], found[at] if at is not None else None
    if not any(t.text == "/dts-v1/" for t in found) and not before:
        return _finding(where.file, found[0], "/dts-v1/; is missing", f"write it above {found[0].text}")
    if quote := _open_quote(before, token):
        return _finding(where.file, quote, "the quote that opens here is not closed", 'add "')
    blocks = list(_open_blocks(before))
    if token is None or (blocks and token.kind is Kind.REFERENCE and _opens(found[at:])):
        return _not_closed(where.file, blocks, token) if blocks else None
    bracket = _open_bracket(before)
    if bracket and token.text == ",":
        return _finding(
            where.file, token, "a comma between cells", "separate cells by blanks: <&label 0x1 0x2>"
        )
    if bracket and token.text == ";":
        return _finding(where.file, bracket, "the < that opens here is not closed", "add > before the ;")
    if not blocks and token.kind is Kind.WORD and _opens(found[at:]):
        message = f"the node {token.text} is not inside another node"
        return _finding(where.file, token, message, f"write &{token.text} {{")
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


def _not_closed(file: str, blocks: Sequence[Token], token: Token | None) -> Finding:
    head = blocks[0]
    help = f"add }}; before {token.text}" if token else "add }; at the end"
    return _finding(file, head, f"the block of {head.text} is not closed", help)


def _open_bracket(before: Sequence[Token]) -> Token | None:
    """The < of the value that the tokens end in, where it is not closed."""
    for token in reversed(before):
        if token.is_mark(">", "=") or not token.value:
            return None
        if token.is_mark("<"):
            return token
    return None
