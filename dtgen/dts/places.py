"""Where the lines of a preprocessed source stand, and the nodes and properties of what dtc makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dtgen.diagnostics import Location
from dtgen.dts import compiler

_LINE_MARKER = re.compile(r'# (?P<line>\d+) "(?P<file>[^"]*)"')
_NODE = re.compile(r"^\t*(?:[\w,.+-]+: )*(?P<name>/|[\w,.+@-]+) \{ /\* (?P<where>.*) \*/$")
_PROPERTY = re.compile(r"^\t*(?:[\w,.+-]+: )*(?P<name>[\w,.+*?#-]+)(?: = .*)?; /\* (?P<where>.*) \*/$")
_CLOSE = re.compile(r"^\t*\};")
_WHERE = re.compile(r"(?:.*, )?(?P<file>.+?):(?P<line>\d+):(?P<column>\d+)-\d+:\d+$")
_UNNAMED = "<source>"


def origins(text: str, file: str) -> list[Location]:
    """Where each line of a text stands, which may have been through the preprocessor; `file` is its name."""
    found: list[Location] = []
    line = 0
    for content in text.split("\n"):
        line += 1
        found.append(Location(file, line))
        if marker := _LINE_MARKER.match(content):
            file, line = marker["file"], int(marker["line"]) - 1
    return found


def without_markers(text: str) -> str:
    """The text with an empty line for each that says where the preprocessor had the next ones from."""
    return "\n".join("" if _LINE_MARKER.match(line) else line for line in text.split("\n"))


def positions(
    source: str | bytes, name: str, dtc: compiler.Tool, include: Sequence[Path] = ()
) -> dict[tuple[str, str | None], Location]:
    """Where each node (`(path, None)`) and property (`(path, name)`) of a preprocessed source stands.

    What is written in several places stands at the last of them: in a board, at the board's own.
    """
    # a line marker: any name of the user's needs no quoting
    named = f'# 1 "{_UNNAMED}"\n'.encode() + compiler.as_bytes(source)
    compiled, _ = compiler.overlay_output(dtc, ("-q", "-O", "dts", "-T", "-T"), named, name, include)
    found: dict[tuple[str, str | None], Location] = {}
    stack: list[str] = []
    for line in (compiled.blob or b"").decode("utf-8", "replace").splitlines():
        if match := _NODE.match(line):
            stack.append("" if match["name"] == "/" else match["name"])
            key: tuple[str, str | None] = ("/".join(stack) or "/", None)
        elif _CLOSE.match(line):
            stack.pop()
            continue
        elif match := _PROPERTY.match(line):
            key = ("/".join(stack) or "/", match["name"])
        else:
            continue
        if where := _WHERE.match(match["where"]):
            file = name if where["file"] == _UNNAMED else where["file"]
            found[key] = Location(file, int(where["line"]), int(where["column"]))
    return found
