"""What dtc says of a source that it cannot compile, at the line that is to be edited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dtgen.checks.location import Locator
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import preprocessed
from dtgen.dts.compiler import Message
from dtgen.dts.scan import without_comments
from dtgen.errors import error
from dtgen.project import files

_MOST = 3
"""Headers that are named."""

# a value, a name or a block; after ; { , and the like, what follows is what is wrong
_ENDS_A_STATEMENT = re.compile(r"[\w>\"')\]}/]$")


def mistake(message: Message, include: Sequence[Path]) -> Diagnostic:
    """dtc's of a file of the user's, or our own where we know more of it. `include`: where headers are.

    Raises: ToolError where the file cannot be read.
    """
    text = files.read(Path(message.location.file), blob.MAX_SIZE).decode("utf-8", "replace")
    return mistake_in(text, message, include)


def mistake_in(text: str, message: Message, include: Sequence[Path]) -> Diagnostic:
    """The same, of a text that stands for the file that the message names."""
    where = message.location
    if message.text != "syntax error":
        return Locator(where.file).message(message)
    if macro := preprocessed.undefined(text, where):
        return error("dtc", f"{macro} is not defined", where, _header(macro, include))
    line = _unfinished(text, where)
    if line is None:
        return Locator(where.file).message(message)
    return error(
        "dtc",
        f"syntax error: the statement does not end before line {where.line}",
        Location(where.file, line),
        "is a ; missing at the end of this line?",
    )


def _header(macro: str, include: Sequence[Path]) -> str:
    found = tuple(dict.fromkeys(preprocessed.headers(macro, include)))
    if found:
        return " or ".join(f"#include <{name}>" for name in found[:_MOST])
    if any((directory / "dt-bindings").is_dir() for directory in include):
        return "no header of the kernel defines it: is it misspelled?"
    return "include the header that defines it; with --kernel DIR it is named here"


def _unfinished(text: str, where: Location) -> int | None:
    """The line of the last token before a syntax error, where that is at the beginning of a line."""
    lines = without_comments(text).split("\n")
    if where.line is None or where.line > len(lines):
        return None
    if lines[where.line - 1][: (where.column or 1) - 1].strip():
        return None
    before = "\n".join(lines[: where.line - 1]).rstrip()
    return before.count("\n") + 1 if _ENDS_A_STATEMENT.search(before) else None
