"""What is wrong with a text that YAML cannot read: the slip, its line, and what to write.

YAML's own words are about tokens, at the place where the reader gave up, which is often a line later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from dtgen.records import dataclass
from dtgen.words import counted

_KEY = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)*)(?P<key>[^\s:#'\"\[\]{},&*][^:#]*?):(?:\s|$)")
_UNSPACED = re.compile(r"[A-Za-z_][\w-]*:(?=[^\s:/])")
_ANCHOR = re.compile(r"&(\w+):")
_COMMENT = re.compile(r"\s#")
_CLOSING = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake and its place; lines and columns count from 1."""

    line: int
    column: int
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of the text, from 1."""

    line: int
    column: int


def slip(text: str, problem: str, at: Mark, context: Mark | None) -> Slip | None:
    """What a reader's complaint means; None where nobody knows better than YAML.

    `problem`: ruamel.yaml's words. `context`: where what it was reading began.
    """
    lines = text.splitlines()
    if at.line > len(lines) and context is None:
        return None
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if "'\\t'" in problem:
        return Slip(at.line, at.column, "a tab where YAML wants spaces", "indent with spaces")
    if "another document" in problem:
        help = "a file holds one description: remove this line, or move the rest to a file of its own"
        return Slip(at.line, at.column, "a second document begins here", help)
    if context and (
        "end of stream" in problem or (problem.startswith("expected ',' or") and at.line > context.line)
    ):
        opens = lines[context.line - 1][context.column - 1 :][:1]
        message = f"the {opens} that opens here is not closed"
        return Slip(context.line, context.column, message, f"add {_CLOSING.get(opens, opens)}")
    if problem.startswith("could not find expected ':'") and context:
        return _without_colon(lines, context.line)
    if problem.startswith("mapping values are not allowed"):
        return _colon(lines, at) or _misplaced(lines, at.line)
    if problem.startswith("expected <block end>") and line:
        return _misplaced(lines, at.line)
    if "cannot start any token" in problem:
        found = line[at.column - 1 :][:1]
        return Slip(at.line, at.column, f"a plain text cannot begin with {found}", "put it in quotes")
    return None


def _without_colon(lines: Sequence[str], number: int) -> Slip:
    line = lines[number - 1].rstrip()
    start = len(line) - len(line.lstrip()) + 1
    if anchor := _ANCHOR.match(line, start - 1):
        help = f"write {anchor[1]}: a label has no & here"
        return Slip(number, start, f"&{anchor[1]} is an anchor in YAML", help)
    if unspaced := _UNSPACED.match(line, start - 1):
        fixed = f"{unspaced[0]} {line[unspaced.end() :]}"
        return Slip(number, unspaced.end() + 1, "there is no space after the colon", f"write {fixed}")
    return Slip(number, start, "this line has no colon", f"write {line.strip()}:")


def _colon(lines: Sequence[str], at: Mark) -> Slip | None:
    """A colon where there is one already, in the line or above it."""
    line = lines[at.line - 1]
    first = _KEY.match(line)
    if first and first.end("key") + 1 < at.column:
        value = _COMMENT.split(line[first.end("key") + 1 :])[0].strip()
        column = line.index(value, first.end("key")) + 1
        key, quoted = first["key"], json.dumps(value, ensure_ascii=False)
        return Slip(at.line, column, f"the value of {key} has a colon in it", f"quote it: {key}: {quoted}")
    above = next((n for n in range(at.line - 1, 0, -1) if _is_code(lines[n - 1])), None)
    if above and not _KEY.match(lines[above - 1]):
        return _without_colon(lines, above)
    return None


def _misplaced(lines: Sequence[str], number: int) -> Slip | None:
    """A line whose indentation is that of nothing above it."""
    line = lines[number - 1]
    indent = len(line) - len(line.lstrip(" "))
    beside = [
        f"{counted(depth, 'space')} put it beside {key} (line {where})"
        for depth, key, where in _open(lines, number)
        if depth != indent
    ]
    if not beside:
        return None
    message = f"this line is indented by {counted(indent, 'space')}, which fits nothing above it"
    return Slip(number, indent + 1, message, ", ".join(beside[:2]))


def _open(lines: Sequence[str], number: int) -> Iterator[tuple[int, str, int]]:
    """The entries above a line that it could stand beside, the nearest first: indentation, key, line."""
    indent = len(lines[number - 1]) - len(lines[number - 1].lstrip(" "))
    limit = None
    for above in range(number - 1, 0, -1):
        found = _KEY.match(lines[above - 1])
        if found is None or not _is_code(lines[above - 1]):
            continue
        depth = found.start("key")
        if limit is None or depth < limit:
            limit = depth
            yield depth, found["key"], above
            if depth < indent:
                return


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
