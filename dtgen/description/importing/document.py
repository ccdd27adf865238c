"""A new description as text: open places with what is asked for, a blank line between sections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dtgen.description import yaml
from dtgen.description.open_places import MARK
from dtgen.records import dataclass

SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/board.schema.json\n"
_TOP = re.compile(r"^(?=[a-z_]+:(?: *$| [\[{]))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Open:
    """A value that somebody has to fill in, and what that is to be."""

    asked: str


def text(data: Mapping[str, Any], about: str) -> str:
    """The description; an `Open` comes as `TODO`, with what is asked for at the end of the line.

    `about`: the comment that it begins with, in a line.
    """
    stem = MARK
    while f"{stem}_" in repr(data):  # what is imported may have such texts of its own
        stem += "X"
    placeholder = re.compile(rf"\b{stem}_([0-9]+)_\b")
    asked: list[str] = []
    plain = yaml.write(_marked(data, stem, asked))

    def line(written: str) -> str:
        numbers = [int(match[1]) for match in placeholder.finditer(written)]
        if not numbers:
            return written
        comment = "; ".join(dict.fromkeys(asked[number] for number in numbers))
        return f"{placeholder.sub(MARK, written)}  # {comment}"

    lines = "\n".join(line(written) for written in plain.split("\n"))
    return f"{SCHEMA_LINE}# {about}\n" + _TOP.sub("\n", lines)


def _marked(value: Any, stem: str, asked: list[str]) -> Any:
    if isinstance(value, Open):
        asked.append(value.asked)
        return f"{stem}_{len(asked) - 1}_"
    if isinstance(value, Mapping):
        return {key: _marked(inner, stem, asked) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(inner, stem, asked) for inner in value]
    return value
