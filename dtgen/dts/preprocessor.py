"""What cpp says of a source that it does not get through: the place, the cause, and what to write."""

from __future__ import annotations

import re
from pathlib import Path

from dtgen.diagnostics import Diagnostic, Location
from dtgen.errors import error

# what is unterminated at the end of the file has no column
_ERROR = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?:(?P<column>\d+):)? (?:fatal )?error: (?P<text>.*)")
_FROM = re.compile(r"(?:In file included|\s+) from (?P<file>.+?):\d+(?::\d+)?[,:]$")
_HELP = {
    re.compile(r"unterminated #\w+"): "add #endif",
    re.compile(r"unterminated comment"): "add */",
    re.compile(r"unterminated argument list .*"): "add )",
    re.compile(r"#(?:else|elif|endif) without #if"): "remove it, or write the #if above it",
}
NOT_FOUND = ": No such file or directory"


def mistake(said: str, not_found: str) -> Diagnostic | None:
    """The first error that cpp printed, if any. `not_found`: the help where a header is missing."""
    around: list[str] = []
    for line in said.splitlines():
        if match := _FROM.match(line):
            around.append(match["file"])
        elif match := _ERROR.match(line):
            file, text, column = match["file"], match["text"], match["column"]
            where = Location(file, int(match["line"]), int(column) if column else None)
            if text.startswith("#include nested depth") and Path(file) in map(Path, around):
                return _circle(where, around[0])
            help = next((help for pattern, help in _HELP.items() if pattern.fullmatch(text)), "")
            return error("cpp", text, where, not_found if text.endswith(NOT_FOUND) else help)
    return None


def _circle(where: Location, other: str) -> Diagnostic:
    """Of a file that includes itself; `other`: what includes it, which may be the file."""
    through = "" if Path(other) == Path(where.file) else f" through {other}"
    # cpp's column is that of the line's end
    line = Location(where.file, where.line)
    return error("cpp", f"{where.file} includes itself{through}", line, "remove this line")
