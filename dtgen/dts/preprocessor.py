"""The C preprocessor, run as the kernel does, and what it says of a source that it does not get through."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler, includes
from dtgen.errors import Rejected, ToolError, error, rejected
from dtgen.jobs import children
from dtgen.project import files

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
_GROWING = "look for macros that double what they are given"
_OVER_LIMIT = re.compile(rb"out of memory|signal terminated|File too large|memory exhausted")
"""What cpp says of itself or of cc1 where either is over a limit."""


def preprocess(
    file: Path, include: Sequence[Path], cpp: compiler.Tool, comments: bool = False, text: bytes | None = None
) -> bytes:
    """The source after the C preprocessor, as the kernel runs it. Source: scripts/Makefile.dtbs.

    `comments`: whether they stay. `text`: what counts for the file's content.
    Raises: Rejected at the file and the line that cpp names, Unreadable, ToolError where cpp cannot be run.
    """
    given = text
    if text is None:
        text = files.read(file, includes.MAX_SIZE)  # with a better word for what cannot be read
    if b"\0" in text:
        raise rejected("cpp", "this is not a text file", Location(str(file)), _of_binary(text))
    includes.refuse(file, text.decode("utf-8", "replace"), include)
    options = [word for directory in include for word in ("-I", str(directory))]
    if comments:
        options.append("-C")
    language = ("-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp")
    command = [*cpp.words, *language, *_dated(), *options]
    if given is None:
        done = compiler.run_on(str(file), [*command, str(file)], "cpp")
    else:
        # what is in quotes is looked for beside the input first, and there is nothing beside this one
        beside = ("-iquote", str(file.parent)) if file.parent in include else ()
        marker = f"#line 1 {json.dumps(str(file), ensure_ascii=False)}\n".encode("utf-8", "surrogateescape")
        with compiler.as_input(marker + given) as stdin:
            done = compiler.run_on(str(file), [*command, *beside, compiler.GIVEN], "cpp", stdin)
    if done.returncode:
        not_found = "is the kernel tree complete?" if len(include) > 1 else compiler.SAY_WHERE
        if found := mistake(done.stderr.decode("utf-8", "replace"), not_found):
            raise Rejected(found)
        if _OVER_LIMIT.search(done.stderr):
            limits = f"{children.MAX_MEMORY >> 30} GiB of memory, or writes {children.MAX_OUTPUT >> 20} MiB"
            message = f"{cpp.words[0]} takes more than {limits}"
            raise rejected(f"cpp:{compiler.CRASHED}", message, Location(str(file)), _GROWING)
        why = compiler.first_line(done.stderr)
        raise ToolError(f"{' '.join(cpp.words)} cannot read {file}: {why}", "see `dtgen doctor`")
    return done.stdout


def _of_binary(data: bytes) -> str:
    """What to do where a text is wanted; the number is that of a blob (Devicetree Specification 5.2)."""
    return "it is a blob: name it .dtb or .dtbo" if data.startswith(b"\xd0\x0d\xfe\xed") else ""


def _dated() -> Iterator[str]:
    """cpp's macros for the time: that of SOURCE_DATE_EPOCH, else of 1970, so that two runs give the same.

    cpp knows the variable, but not for `__TIMESTAMP__`. Raises: ToolError where it is no time.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "0")
    try:
        moment = time.asctime(time.gmtime(int(given)))
    except (ValueError, OverflowError, OSError) as error:
        raise ToolError(
            f"$SOURCE_DATE_EPOCH is {given!r}, not a time", "set it to a number of seconds since 1970"
        ) from error
    yield "-Wno-builtin-macro-redefined"
    day, clock, year = moment[4:10], moment[11:19], moment[20:]
    for name, value in (("TIMESTAMP", moment), ("DATE", f"{day} {year}"), ("TIME", clock)):
        yield f'-D__{name}__="{value}"'


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
