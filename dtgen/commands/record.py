"""What a page has beside the results: the lines that findings are about, the run that found them."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from importlib.metadata import version
from pathlib import Path

from dtgen import __version__
from dtgen.commands import explain
from dtgen.commands.explain import Page
from dtgen.commands.view import content
from dtgen.description import dts
from dtgen.description.board import Board
from dtgen.description.values import NodeSource, PropertySource, Target
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.project import files
from dtgen.project.layout import Finder, bindings_directory, display
from dtgen.records import dataclass
from dtgen.results import Assessment, FileContent

_AROUND = 1
"""Lines before and behind the one that is meant."""
_LONGEST = 300
"""Characters of a line that is quoted."""
_MAX_INPUT = 64 << 20
"""Bytes of a file that is hashed: blobs, prepared bindings, logs."""
_PACKAGES = ("dtschema", "jsonschema", "pylibfdt")


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines of a source as they stand there."""

    first: int
    """The number of the first one, from 1."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcedValue:
    """A value of a description, and where it is from."""

    board: str
    node: str
    """The label or path that it is written to."""
    property: str
    value: str
    """As in a source; empty for a boolean."""
    source: str | None
    why: str
    """As the description says it; empty where it does not."""
    location: Location


@dataclass(frozen=True, slots=True)
class Record:
    """Of one run. Nothing in it depends on the clock."""

    command: str
    """As it would be typed again."""
    versions: tuple[tuple[str, str], ...]
    contents: tuple[FileContent, ...]
    """Of the inputs."""
    quotes: Mapping[tuple[str, int], Quote] = field(default_factory=dict)
    """By file and line."""
    pages: tuple[Page, ...] = ()
    """Of all that stands in brackets, by id."""
    written: tuple[SourcedValue, ...] = ()
    """What the descriptions write."""


def record(
    command: str,
    own: Iterable[Diagnostic],
    assessments: Iterable[Assessment],
    inputs: Iterable[tuple[str, Path]],
    bindings: Path | None = None,
    boards: Iterable[Board] = (),
    kernel: Path | None = None,
    ids: Iterable[str] = (),
) -> Record:
    """Of a run.

    `own`: the diagnostics that are of no tree; `assessments`: those of trees.
    `inputs`: files with what the run took them for; directories and what cannot be read are left out.
    `bindings`, `kernel`: as they were given. `ids`: what else stands in brackets.
    Raises: ToolError where there is no dtc.
    """
    found = (*own, *(diagnostic for one in assessments for _, diagnostic in one.by_state()))
    return Record(
        command,
        tuple(_versions(kernel)),
        (*_contents(inputs), *_bindings(bindings or kernel)),
        _quotes(found),
        tuple(_pages({*ids, *(d.rule for d in found)}, bindings or kernel)),
        tuple(line for board in boards for line in _of_board(board, board.name)),
    )


def sources(names: Iterable[str], finder: Finder) -> tuple[tuple[Board, ...], tuple[tuple[str, Path], ...]]:
    """The boards that can be loaded, and the files that they are described in."""
    from dtgen.description.board import load

    boards: list[Board] = []
    found: dict[Path, str] = {}
    for name in names:
        own = finder.of_board(name)
        try:
            board = load(name, own)
            files_ = [own.board_file(name), *(own.board_file(one) for one in board.ancestry[1:])]
        except (Rejected, ToolError):
            continue
        boards.append(board)
        found |= dict.fromkeys(files_, "description")
        templates = (directory / board.overlay.template for directory in own.template_directories())
        if template := next((file for file in templates if file.is_file()), None):
            found[template] = "template"
    return tuple(boards), tuple((what, file) for file, what in found.items())


def _versions(kernel: Path | None) -> Iterator[tuple[str, str]]:
    yield "dtgen", __version__
    yield "Python", platform.python_version()
    yield "dtc", compiler.find_dtc(kernel).version().removeprefix("Version: DTC ")
    yield from ((name, version(name)) for name in _PACKAGES)


def _contents(inputs: Iterable[tuple[str, Path]]) -> Iterator[FileContent]:
    for what, file in dict.fromkeys(inputs):
        if not file.is_file():
            continue
        try:
            yield content(display(file), what, files.read(file, _MAX_INPUT))
        except files.Unreadable:
            continue


def _bindings(given: Path | None) -> Iterator[FileContent]:
    """Of a directory, as one: of what sha256sum prints of its files. The built-in ones are dtgen's."""
    if given is None:
        return
    if given.is_file():
        yield from _contents([("bindings", given)])
        return
    try:
        directory = bindings_directory(given)
        names = sorted(files.below(directory, explain.BINDING))
        data = [(name, files.content(directory / name)) for name in names]
    except (ToolError, OSError):
        return
    each = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in data)
    size = sum(len(text) for _, text in data)
    digest = hashlib.sha256(each.encode(errors="surrogateescape")).hexdigest()
    yield FileContent(display(directory), f"bindings, {len(data)} files", digest, size)


def _quotes(diagnostics: Iterable[Diagnostic]) -> dict[tuple[str, int], Quote]:
    line = files.shown_lines()
    quotes: dict[tuple[str, int], Quote] = {}
    for location in dict.fromkeys(diagnostic.location for diagnostic in diagnostics):
        file, at = location.file, location.line
        if at is None or at < 1 or (file, at) in quotes or line(file, at) is None:
            continue
        first = max(1, at - _AROUND)
        around = (line(file, number) for number in range(first, at + _AROUND + 1))
        quotes[file, at] = Quote(first, tuple(_cut(text) for text in around if text is not None))
    return quotes


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _pages(ids: Iterable[str], bindings: Path | None) -> Iterator[Page]:
    for id_ in sorted(ids):
        try:
            yield explain.page(id_, bindings)
        except ToolError:  # a binding of a set that stands elsewhere
            continue


def _of_board(board: Board, built: str) -> Iterator[SourcedValue]:
    """`built`: the board whose stack it is a part of."""
    if board.on:
        yield from _of_board(board.on, built)
    for target in board.targets:
        name = target.target if target.is_path else f"&{target.target}"
        yield from _of_node(target, built, name, _why(board, target.target))


def _of_node(node: Target | NodeSource, board: str, name: str, why: str) -> Iterator[SourcedValue]:
    for prop in node.properties:
        yield SourcedValue(board, name, prop.name, _value(prop), prop.source, why, prop.location)
    for child in node.children:
        yield from _of_node(child, board, f"{name}/{child.name}", "")


def _why(board: Board, target: str) -> str:
    """Why the node is written to, in whichever part of the description says it."""
    parts = (part.get(target) for part in board.data.values() if isinstance(part, dict))
    return " ".join(str(entry["why"]) for entry in parts if isinstance(entry, dict) and entry.get("why"))


def _value(prop: PropertySource) -> str:
    return ", ".join(dts.value_parts(prop.value))
