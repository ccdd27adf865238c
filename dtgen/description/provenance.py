"""Where the streams of a description come from, and what other descriptions say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.description import dts
from dtgen.description.board import Board, load
from dtgen.description.values import NodeSource, PropertySource, Target
from dtgen.diagnostics import Diagnostic, Place, Severity, Subject
from dtgen.errors import Rejected, ToolError
from dtgen.project import files
from dtgen.project.layout import Finder

MISSING_SOURCE = "missing-source"
CONFLICTING_STREAMS = "conflicting-streams"
_STREAMS = ("iommus", "iommu-map", "msi-map")
_EXTENDS = re.compile(rb"^extends:[ \t]*[\"']?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)


def missing_sources(board: Board) -> Iterator[Diagnostic]:
    """The streams that nobody can look up."""
    for path, prop in _streams(board):
        if prop.source is None:
            yield Diagnostic(
                MISSING_SOURCE,
                Severity.INFO,
                f"{prop.name} of {path} has no source",
                prop.location,
                help="say in `source:` where the value is from: a commit, a document, a vendor tree",
            )


def conflicts(board: Board, others: tuple[Board, ...]) -> Iterator[Diagnostic]:
    """The streams that another description of the SoC has otherwise. `others`: see `related()`."""
    ours = {(path, prop.name): prop for path, prop in _streams(board)}
    seen = set()
    for other in others:
        for path, theirs in _streams(other):
            own = ours.get((path, theirs.name))
            place = path, theirs.name, theirs.location
            # what extends a description has its lines, too
            if own is None or own.value == theirs.value or place in seen:
                continue
            seen.add(place)
            yield Diagnostic(
                CONFLICTING_STREAMS,
                Severity.WARNING,
                f"{own.name} of {path} is {_text(own)}, and {_text(theirs)} in {other.name}",
                own.location,
                also=(Place(Subject(path, theirs.name), theirs.location),),
                help="vendors disagree on stream IDs: see which of the sources is about your firmware",
            )


def related(board: Board, finder: Finder) -> tuple[Board, ...]:
    """The other descriptions that fit a base that this one fits, by name.

    Those that cannot be loaded are left out: what is wrong with them is reported when they are built.
    """
    found = []
    for name in _related_names(board, finder):
        try:
            other = load(name, finder)
        except (Rejected, ToolError):
            continue
        if not set(other.compatible).isdisjoint(board.compatible):
            found.append(other)
    return tuple(found)


def _related_names(board: Board, finder: Finder) -> list[str]:
    """Of those whose text has one of the compatibles, or extends such a one: loading all of them is slow."""
    texts = {}
    for name, file in finder.boards().items():
        try:
            texts[name] = files.content(file)
        except OSError:
            continue
    wanted = {name for name, text in texts.items() if any(c.encode() in text for c in board.compatible)}
    extends = {name: match[1].decode() for name, text in texts.items() if (match := _EXTENDS.search(text))}
    while more := {name for name, parent in extends.items() if parent in wanted} - wanted:
        wanted |= more
    return sorted(wanted - {board.name})


def _streams(board: Board) -> Iterator[tuple[str, PropertySource]]:
    for target in board.targets:
        yield from _of(target, target.target)


def _of(node: Target | NodeSource, path: str) -> Iterator[tuple[str, PropertySource]]:
    yield from ((path, prop) for prop in node.properties if prop.name in _STREAMS)
    for child in node.children:
        yield from _of(child, f"{path}/{child.name}")


def _text(prop: PropertySource) -> str:
    """The value as in a source, and where it is from."""
    return f"{', '.join(dts.value_parts(prop.value))} ({prop.source or 'without a source'})"
