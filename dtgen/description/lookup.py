"""Descriptions by what they say: of a SoC, or with the name of an overlay."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dtgen.description.board import Board, load
from dtgen.errors import Rejected, ToolError
from dtgen.project import files
from dtgen.project.layout import Finder

_EXTENDS = re.compile(rb"^extends:[ \t]*[\"']?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)


def of_soc(compatible: Collection[str], finder: Finder, without: str = "") -> Iterator[Board]:
    """The descriptions that have one of the compatibles, by name, but for the one called `without`."""
    for board in that_mention(compatible, finder, without):
        if not set(board.compatible).isdisjoint(compatible):
            yield board


def that_mention(words: Collection[str], finder: Finder, without: str = "") -> Iterator[Board]:
    """Those whose text, or the text of what they extend, has one of the words, by name.

    Loading all of them takes half a second. Those that cannot be loaded are left out: what is wrong with them
    is reported where they are checked themselves.
    """
    texts = {}
    for name, file in finder.boards().items():
        try:
            texts[name] = files.content(file)
        except OSError:
            continue
    # a text may have a word in escapes
    wanted = {name for name, text in texts.items() if b"\\" in text or any(w.encode() in text for w in words)}
    extends = {name: match[1].decode() for name, text in texts.items() if (match := _EXTENDS.search(text))}
    while more := {name for name, parent in extends.items() if parent in wanted} - wanted:
        wanted |= more
    for name in sorted(wanted - {without}):
        try:
            yield load(name, finder)
        except (Rejected, ToolError):
            continue
