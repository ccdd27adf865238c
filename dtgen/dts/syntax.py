"""A devicetree source as comments, preprocessor lines, statements and blocks, each with its tokens.

Made for sources that dtc compiles: what is wrong in others is dtc's to say. Only braces that do not pair,
as where `#if` chooses between two heads of one block, cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dtgen.dts.lexer import Kind, Token, tokens
from dtgen.errors import DtgenError
from dtgen.records import dataclass

MAX_DEPTH = 64
"""As of the blobs that dtgen reads."""

CONDITIONAL = ("if", "ifdef", "ifndef", "elif", "else", "endif")


class Unparsable(DtgenError):
    """The source cannot be followed at this line, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with lines of its own."""

    token: Token
    blank: bool
    """Whether a blank line stands before it; as in what follows."""
    trailing: tuple[Token, ...] = ()
    """Other comments that end its line, with the white space before them; as in what follows."""

    @property
    def first(self) -> Token:
        return self.token


@dataclass(frozen=True, slots=True)
class Directive:
    """A line of the preprocessor."""

    token: Token
    blank: bool

    @property
    def first(self) -> Token:
        return self.token

    @property
    def word(self) -> str:
        """`include`, `if`, …"""
        return self.token.text.strip().removeprefix("#").split()[0].partition("/")[0].partition('"')[0]

    @property
    def is_conditional(self) -> bool:
        return self.word in CONDITIONAL


@dataclass(frozen=True, slots=True)
class Statement:
    """All up to a `;`, which is the last token; a macro that stands alone has none."""

    tokens: tuple[Token, ...]
    blank: bool
    trailing: tuple[Token, ...] = ()

    @property
    def first(self) -> Token:
        return self.tokens[0]


@dataclass(frozen=True, slots=True)
class Block:
    """A node: its head, what stands between its braces, and whether a `;` ends it."""

    head: tuple[Token, ...]
    """Labels and name, or the reference; neither begins nor ends with white space."""
    opening: tuple[Token, ...]
    """Comments behind the `{` in its line, as those behind the block."""
    items: tuple[Item, ...]
    ended: bool
    hollow: str | None
    """What stands between its braces where that is white space in one line, else None."""
    blank: bool
    trailing: tuple[Token, ...] = ()

    @property
    def first(self) -> Token:
        return self.head[0]

    @property
    def reference(self) -> str | None:
        """`label` or `/path` of a block whose head is a reference, with or without labels; else None."""
        last = self.head[-1]
        if last.kind is not Kind.REFERENCE or any(token.kind is Kind.KEYWORD for token in self.head):
            return None
        return last.text[1:].strip("{}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that its head defines."""
        pairs = pairwise(token for token in self.head if not token.is_gap)
        return tuple(token.text for token, following in pairs if following.is_mark(":"))


Item = Comment | Directive | Statement | Block


def parse(text: str) -> tuple[Item, ...]:
    """The source. Raises: Unparsable."""
    parser = _Parser(list(tokens(text)))
    items = parser.items(None)
    if parser.at < len(parser.tokens):
        raise Unparsable("this brace closes no block", parser.tokens[parser.at].line)
    return items


def _ends_line(token: Token) -> bool:
    """Whether no code follows in the line: a brace that closes gets a line of its own."""
    return token.kind is Kind.NEWLINE or token.is_mark("}")


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0

    def items(self, opener: Token | None) -> tuple[Item, ...]:
        """Up to the brace that closes the block, or to the end of the file."""
        found: list[Item] = []
        while True:
            blank = self.skip() > 1
            token = self.peek()
            if token is None:
                if opener:
                    raise Unparsable("the block that begins here has no end", opener.line)
                return tuple(found)
            if token.is_mark("}"):
                return tuple(found)
            if token.kind is Kind.DIRECTIVE:
                self.at += 1
                found.append(Directive(token, blank))
            elif token.kind is Kind.COMMENT and not self.code_follows():
                self.at += 1
                found.append(Comment(token, blank, self.trailing()))
            else:
                found.append(self.code(blank))

    def code(self, blank: bool) -> Statement | Block:
        """A statement or a block, with the comments that stand in its line before it."""
        start, end = self.at, self.at  # `end`: behind the last token that is no comment
        nested, called = 0, False
        first: Token | None = None
        while (token := self.peek()) is not None:
            if token.is_gap or token.kind is Kind.COMMENT:
                if called and token.kind is Kind.NEWLINE and self.is_over():
                    break
                self.at += 1
                continue
            if token.is_mark("{") and not nested:
                return self.block(self.tokens[start : self.at], blank)
            if token.is_mark("{", "}"):
                break
            first = first or token
            nested += token.is_mark("(") - token.is_mark(")")
            called = token.is_mark(")") and not nested and not token.value
            self.at += 1
            end = self.at
            if token.is_mark(";") or (first.text == "/include/" and token.kind is Kind.STRING):
                break
        if first is None or (token is not None and token.is_mark("{")):
            raise Unparsable("dtgen cannot tell what this belongs to", self.tokens[start].line)
        self.at = end
        return Statement(tuple(self.tokens[start:end]), blank, self.trailing())

    def block(self, head: list[Token], blank: bool) -> Block:
        """What stands between braces and what ends it; `head` may end with white space."""
        brace = self.tokens[self.at]
        while head and head[-1].is_gap:
            head.pop()
        if not head or any(token.text.startswith("//") for token in head):
            raise Unparsable("there is no name in front of this brace, or a comment is", brace.line)
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unparsable(f"blocks are nested more than {MAX_DEPTH} deep", brace.line)
        inside = self.at
        opening = self.trailing()
        items = self.items(brace)
        self.depth -= 1
        between = self.tokens[inside : self.at]
        hollow = all(token.kind is Kind.SPACE for token in between)
        self.at += 1
        closed, comments = self.at, []
        while (token := self.peek()) is not None and (token.is_gap or token.kind is Kind.COMMENT):
            if token.kind is Kind.COMMENT:
                comments.append(token)
            self.at += 1
        ended = token is not None and token.is_mark(";")
        if ended:
            self.at += 1
        else:
            self.at, comments = closed, []
        trailing = (*comments, *self.trailing())
        text = "".join(token.text for token in between) if hollow else None
        return Block(tuple(head), opening, items, ended, text, blank, trailing)

    def trailing(self) -> tuple[Token, ...]:
        """The comments up to the end of the line; none where code follows them in it."""
        found: list[Token] = []
        at = self.at
        while at < len(self.tokens) and self.tokens[at].kind in (Kind.SPACE, Kind.COMMENT):
            found.append(self.tokens[at])
            at += 1
        while found and found[-1].kind is Kind.SPACE:
            found.pop()
        if at < len(self.tokens) and not _ends_line(self.tokens[at]):
            return ()
        self.at = at
        return tuple(found)

    def skip(self) -> int:
        """Go over white space; the number of line ends in it."""
        count = 0
        while (token := self.peek()) is not None and token.is_gap:
            count += token.kind is Kind.NEWLINE
            self.at += 1
        return count

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def rest(self) -> Iterator[Token]:
        return (self.tokens[at] for at in range(self.at, len(self.tokens)))

    def code_follows(self) -> bool:
        """Whether code stands in the line behind the comment that comes next."""
        for token in self.rest():
            if token.kind not in (Kind.SPACE, Kind.COMMENT):
                return not _ends_line(token)
        return False

    def is_over(self) -> bool:
        """Whether a macro that was called like a function is a statement, with what comes behind it."""
        for token in self.rest():
            if not token.is_gap and token.kind is not Kind.COMMENT:
                return not token.is_mark(";", "{", "=", ":", ",")
        return True
