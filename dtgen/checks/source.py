"""What reviewers ask of an overlay's source before they look at what it does."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile, zip_longest

from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts.format import formatted
from dtgen.dts.lexer import Kind, Token, tokens
from dtgen.dts.order import Unit, in_order, runs
from dtgen.dts.syntax import Unparsable, parse
from dtgen.rules import ALL, driver_comment, missing_header, unformatted, unsorted_labels

_LICENCE = re.compile(r"// SPDX-License-Identifier: \S")
_SOFTWARE = re.compile(r"\b(?:drivers?|KVM|hypervisors?)\b", re.IGNORECASE)


def review(text: str, file: str) -> Iterator[Diagnostic]:
    """What there is to say of a source that compiles, as it was written, by line; `file` is its name.

    Nothing of the order and the style of what cannot be followed: `dtgen format` tells why.
    """
    found = [*_header(text, file), *_comments(text, file)]
    with contextlib.suppress(Unparsable):
        found += (*_labels(text, file), *_format(text, file))
    yield from sorted(found, key=lambda diagnostic: diagnostic.sort_key)


def _found(rule: str, message: str, where: Location, help: str) -> Diagnostic:
    return Diagnostic(rule, ALL[rule].severity, message, where, help=help)


def _header(text: str, file: str) -> Iterator[Diagnostic]:
    where = Location(file, 1, 1)
    if not _LICENCE.match(text):
        message = "the first line is not the licence"
        help = "write // SPDX-License-Identifier: BSD-3-Clause, or what it is, there"
        yield _found(missing_header.ID, message, where, help)
    comments = [token for token in _first_comments(text) if not _LICENCE.match(token.text)]
    if not comments:
        message = "no comment at the top says whose this is and what it is for"
        help = (
            'write one below the licence: copyright, "<SoC> specific modifications required to boot in EL2."'
        )
        yield _found(missing_header.ID, message, where, help)


def _first_comments(text: str) -> Iterator[Token]:
    """Those before any code, and before or behind the lines `/dts-v1/;` and `/plugin/;`."""
    for token in tokens(text):
        if token.kind is Kind.COMMENT:
            yield token
        elif not (token.is_gap or token.kind in (Kind.KEYWORD, Kind.DIRECTIVE) or token.is_mark(";")):
            return


def _comments(text: str, file: str) -> Iterator[Diagnostic]:
    for token in tokens(text):
        for match in _SOFTWARE.finditer(token.text) if token.kind is Kind.COMMENT else ():
            before = token.text[: match.start()]
            line = token.line + before.count("\n")
            start = 0 if "\n" in before else token.column - 1
            where = Location(file, line, start + len(before.rpartition("\n")[2]) + 1)
            message = f'this comment speaks of "{match[0]}", and a devicetree of hardware'
            yield _found(driver_comment.ID, message, where, "give the reason in the commit message")


def _labels(text: str, file: str) -> Iterator[Diagnostic]:
    for run in runs(parse(text)):
        if isinstance(run, tuple):
            wanted = in_order(run)
            for unit in _misplaced(run, wanted):
                place = wanted.index(unit)
                side, other = ("after", wanted[place - 1]) if place else ("before", wanted[1])
                message = f"{_name(unit)} is out of order: its place is {side} {_name(other)}"
                token = unit.block.first
                where = Location(file, token.line, token.column)
                yield _found(unsorted_labels.ID, message, where, f"dtgen format {file}")


def _name(unit: Unit) -> str:
    return unit.block.head[-1].text


def _misplaced(run: Sequence[Unit], wanted: Sequence[Unit]) -> list[Unit]:
    """The fewest that have to move: all but the longest series that is in order."""
    places = [wanted.index(unit) for unit in run]
    series: list[tuple[int, ...]] = []
    for place in places:
        ahead = [one for one in series if one[-1] < place]
        series.append((*max(ahead, key=len, default=()), place))
    kept = max(series, key=len, default=())
    return [unit for unit, place in zip(run, places, strict=True) if place not in kept]


def _format(text: str, file: str) -> Iterator[Diagnostic]:
    """One for each place that differs from what it would be."""
    ends = text.count("\r\n")
    if ends:
        where = Location(file, text.count("\n", 0, text.index("\r\n")) + 1)
        lines = "the lines end" if ends == text.count("\n") else f"{ends} lines end"
        message = f"{lines} with CR LF, as on Windows"
        yield _found(unformatted.ID, message, where, f"dtgen format {file}")
        text = text.replace("\r\n", "\n")
    old, new = text.split("\n"), formatted(text, sort=False).split("\n")
    for what, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if what == "equal":
            continue
        message, offset, column = _difference(old[start:end], new[new_start:new_end])
        where = Location(file, min(start + offset + 1, len(old)), column)
        yield _found(unformatted.ID, message, where, f"dtgen format {file}")


def _difference(was: Sequence[str], shall: Sequence[str]) -> tuple[str, int, int]:
    """In words, and where it begins: lines below the first of these, and the column."""
    old, new = [line for line in was if line.strip()], [line for line in shall if line.strip()]
    if old == new:
        return f"{'a' if len(was) < len(shall) else 'no'} blank line is due here", 0, 1
    offset, before, after = next(
        (place, one, two)
        for place, (one, two) in enumerate(zip_longest(was, shall, fillvalue=""))
        if one != two
    )
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    column = sum(1 for _ in same) + 1
    if len(old) < len(new):
        message = "one property a line"
    elif before.rstrip() == after:
        message = "white space ends the line"
    elif before.strip() == after.strip():
        message = (
            "indented with spaces" if before.startswith(" ") and after[:1] == "\t" else "indented wrongly"
        )
    elif before.lower() == after.lower():
        message = "hex digits are written in lower case"
    else:
        message = f"this would be: {after.strip()}"
    return message, offset, column
