"""The lines of one statement in the kernel's style: spaces, hex digits, and how its lines continue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dtgen.dts.lexer import TAB, Kind, Token, lower_hex, width
from dtgen.records import dataclass


def indent(columns: int) -> str:
    """Tabs, then spaces."""
    tabs, spaces = divmod(columns, TAB)
    return "\t" * tabs + " " * spaces


def comment_text(text: str, columns: int) -> str:
    """A comment whose first line starts at that column: the stars of the others stand beneath its own.

    Lines without a star are kept as they are.
    """
    first, *others = (line.rstrip() for line in text.split("\n"))
    starred = (
        f"{indent(columns)} {line.lstrip()}" if line.lstrip().startswith("*") else line for line in others
    )
    return "\n".join((first, *starred))


def statement_lines(tokens: Sequence[Token], depth: int) -> list[str]:
    """A statement, or the head of a block, from its first token to its last."""
    return list(_Layout(TAB * depth).lines(tokens))


@dataclass(slots=True)
class _Layout:
    margin: int
    """Where the statement starts, in columns."""
    parentheses: int = 0
    angle: bool = False
    """Whether in `<…>`; as the next one, outside of parentheses."""
    brackets: bool = False
    assigned: bool = False
    """Whether the `=` was seen."""
    value: int | None = None
    """The column of the first entry of the value, where that is in the line of the `=`."""
    shift: int = 0
    """How many columns the entry that a line continues was moved to the right."""
    reserving: bool = False
    """Whether this is a `/memreserve/`, whose numbers stand behind no `=`."""
    before: Token | None = None
    """The last token that is neither white space nor a comment."""

    def lines(self, tokens: Sequence[Token]) -> Iterator[str]:
        blank = False
        for number, line in enumerate(_lines(tokens)):
            if not line:
                blank = True
                continue
            if blank:
                yield ""
            blank = False
            if line[0].kind is Kind.DIRECTIVE:
                yield line[0].text.replace("\r", "").rstrip()
                continue
            column = self.column(line[0]) if number else self.margin
            if not number or self.is_between:
                self.shift = column - line[0].offset
            yield from self.line(line, column)

    @property
    def is_between(self) -> bool:
        """Whether between entries of a value."""
        return not (self.parentheses or self.angle or self.brackets)

    def column(self, first: Token) -> int:
        """Where a line that continues the statement starts.

        Entries stand beneath the first one; one tab further in than the name where that has a line of its
        own. What is within an entry stays where it is, relative to the entry.
        """
        if not self.assigned and self.is_between:
            return self.margin
        if self.is_between and self.before is not None:
            if self.before.is_mark("="):
                return self.margin + TAB
            if self.before.is_mark(","):
                return self.margin + TAB if self.value is None else self.value
        least = self.margin + TAB
        return max(first.offset + self.shift, least if self.value is None else min(least, self.value))

    def line(self, tokens: Sequence[Token], column: int) -> Iterator[str]:
        text = indent(column)
        gap, previous = "", None
        for token in tokens:
            if token.kind is Kind.SPACE:
                gap = token.text
                continue
            if previous is not None:
                text += self.gap(previous, token, gap)
            if self.is_between and previous is not None and previous.is_mark("="):
                self.value = width(text.rpartition("\n")[2])
                self.shift = self.value - token.offset
            if token.kind is Kind.COMMENT:
                text += comment_text(token.text, width(text.rpartition("\n")[2]))
            else:
                numbers = token.value or self.reserving
                text += lower_hex(token, self.brackets) if numbers else token.text
                self.take(token)
            gap, previous = "", token
        yield from text.rstrip().split("\n")

    def gap(self, before: Token, after: Token, gap: str) -> str:
        """What is between two tokens of a line: columns that somebody lined up are kept."""
        if self.parentheses:
            return gap
        if Kind.COMMENT in (before.kind, after.kind):
            inside = before.is_mark("<", "[") or after.is_mark(">", "]", ";", ",")
            return gap if inside else gap or " "
        if after.is_mark(";", ",", ":") or before.is_mark("<") or after.is_mark(">"):
            return ""
        if before.is_mark("=") and "\t" in gap:
            return gap
        if before.is_mark("=") or after.is_mark("=") or before.is_mark(":"):
            return " "
        apart = before.is_mark(",") or (before.kind is Kind.KEYWORD and not after.is_mark("("))
        return gap or (" " if apart else "")

    def take(self, token: Token) -> None:
        self.before = token
        self.reserving = self.reserving or token.text == "/memreserve/"
        if token.is_mark("(", ")"):
            self.parentheses += 1 if token.text == "(" else -1
        elif not self.parentheses:
            if token.is_mark("<", ">"):
                self.angle = token.text == "<"
            elif token.is_mark("[", "]"):
                self.brackets = token.text == "["
            elif token.is_mark("="):
                self.assigned = True


def _lines(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens of each line without the space that begins and ends it; an empty one for blank lines."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is Kind.NEWLINE:
            lines.append([])
        elif token.is_mark(";") and not lines[-1] and (before := _open_line(lines)):
            before.append(token)
        elif lines[-1] or token.kind is not Kind.SPACE:
            lines[-1].append(token)
    for line in lines:
        while line and line[-1].kind is Kind.SPACE:
            line.pop()
        yield line


def _open_line(lines: list[list[Token]]) -> list[Token] | None:
    """The last line that has something, if that can go on."""
    line = next((line for line in reversed(lines) if line), None)
    if line is None or line[-1].kind is Kind.DIRECTIVE or line[-1].text.startswith("//"):
        return None
    return line
