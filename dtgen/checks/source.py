"""What dtc says of a source that it cannot compile, at the line that is to be edited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dtgen.checks.location import Locator
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Finding, Location
from dtgen.dts import checks, lexer, places, preprocessed, slips_of_nodes
from dtgen.dts.compiler import Message
from dtgen.dts.preprocessed import Preprocessed
from dtgen.dts.scan import scan, without_comments
from dtgen.dts.slips import label_on_reference, place_of, slip
from dtgen.errors import error
from dtgen.project import files, layout
from dtgen.rules import delete_in_overlay

_NOT_FOUND = " not found"
"""How dtc ends what it says of a delete by a label. Source: dtc's dt-parser.y."""

_SYNTAX = "syntax error"
_CHARACTERS = "Character literal has "
_DELETE_FIRST = re.compile(r"\s*(?:/(?:dts-v1|plugin)/\s*;\s*)*/delete-node/")

_MOST = 3
"""Headers that are named."""

# a value, a name or a block; after ; { , and the like, what follows is what is wrong
_ENDS_A_STATEMENT = re.compile(r"[\w>\"')\]}/]$")


def mistakes(
    source: Preprocessed, messages: Iterable[Message], include: Sequence[Path]
) -> Iterator[Diagnostic]:
    """dtc's of an overlay of the user's, or our own where we know more of it. `include`: where headers are.

    Raises: ToolError where a file cannot be read.
    """
    deletes = _deletes(source)
    last: Message | None = None
    for message in messages:
        where, before, last = message.location, last, message
        delete = deletes.get((where.file, where.line))
        if before and before.location == where and message.text == _SYNTAX:
            continue  # what dtc's lexer has said already
        if delete and (
            message.text.endswith(_NOT_FOUND) or (message.text == _SYNTAX and _begins_with_delete(source))
        ):
            text = f"{delete}: the overlay has no such node, and libfdt cannot delete what a base has"
            yield error(delete_in_overlay.ID, text, where, delete_in_overlay.instead(delete))
        else:
            text = files.read(Path(where.file), blob.MAX_SIZE).decode("utf-8", "replace")
            yield mistake_in(text, message, include)


def _deletes(source: Preprocessed) -> Mapping[tuple[str, int | None], str]:
    """By file and line."""
    found = scan(source.whole)
    if not found.is_overlay:
        return {}
    origins = places.origins(source.whole, source.name)
    lines = ((origins[delete.line - 1], delete.text) for delete in found.deletes)
    return {(layout.display(Path(place.file)), place.line): text for place, text in lines}


def _begins_with_delete(source: Preprocessed) -> bool:
    """Whether a delete stands where dtc wants a node first."""
    return bool(_DELETE_FIRST.match(places.without_markers(source.text.decode("utf-8", "replace"))))


def mistake_in(text: str, message: Message, include: Sequence[Path]) -> Diagnostic:
    """What dtc says of a text that stands for the file that the message names, as above."""
    where = message.location
    if message.text != _SYNTAX:
        return _explained(text, message)
    if macro := preprocessed.undefined(text, where):
        if not macro.isupper() and _is_unquoted(text, where):
            return error("dtc", f"syntax error: {macro} has no quotes", where, f'write "{macro}"')
        return error("dtc", f"{macro} is not defined", where, _header(macro, include))
    if found := slip(text, where):
        return error("dtc", found.message, found.location or where, found.help)
    end = _unfinished(text, where)
    if end is None:
        return Locator(where.file).message(message)
    return error(
        "dtc",
        f"syntax error: expected ; before line {where.line}",
        end,
        "is a ; missing at the end of this line?",
    )


def _explained(text: str, message: Message) -> Diagnostic:
    """What is no syntax error, where we know more of it than dtc says."""
    where, found = message.location, None
    if message.text.startswith(_CHARACTERS):
        shown = _string_at(text, where)
        found = Finding.at(where, "a string has double quotes", f'write "{shown[1:-1]}"') if shown else None
    elif message.text.endswith(_NOT_FOUND):
        found = label_on_reference(text, where)
    else:
        found = slips_of_nodes.explained(text, message.text, where)
    if found is None:
        return Locator(where.file).message(message)
    rule = f"{checks.PREFIX}{message.check}" if message.check else "dtc"
    return error(rule, found.message, found.location or where, found.help)


def _string_at(text: str, where: Location) -> str | None:
    """What stands in single quotes at a place, with these."""
    found = lexer.code(text)
    at = place_of(found, where)
    return found[at].text if at is not None and found[at].text.startswith("'") else None


def _is_unquoted(text: str, where: Location) -> bool:
    """Whether what stands at a place is all that stands behind a =."""
    line = text.split("\n")[(where.line or 1) - 1]
    return line[: (where.column or 1) - 1].rstrip().endswith("=")


def _header(macro: str, include: Sequence[Path]) -> str:
    found = tuple(dict.fromkeys(preprocessed.headers(macro, include)))
    if found:
        return " or ".join(f"#include <{name}>" for name in found[:_MOST])
    if any((directory / "dt-bindings").is_dir() for directory in include):
        return "no header of the kernel defines it: is it misspelled?"
    if not macro.isupper():
        return f"is it a label? write &{macro}; if it is a macro, include its header"
    return "include the header that defines it; with --kernel DIR dtgen names it"


def _unfinished(text: str, where: Location) -> Location | None:
    """Behind the last token before a syntax error, where that is at the beginning of a line."""
    lines = without_comments(text).split("\n")
    if where.line is None or where.line > len(lines):
        return None
    if lines[where.line - 1][: (where.column or 1) - 1].strip():
        return None
    before = "\n".join(lines[: where.line - 1]).rstrip()
    if not _ENDS_A_STATEMENT.search(before):
        return None
    return Location(where.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
