"""`dtgen live`: the tree that runs on a board against the one that was built."""

from __future__ import annotations

from pathlib import Path

from dtgen.bringup import running
from dtgen.bringup.live import Comparison, compare
from dtgen.description import board as boards
from dtgen.description.board import Board
from dtgen.description.values import NodeSource, Target
from dtgen.devicetree import diff
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Subject
from dtgen.overlay.symbols import tables
from dtgen.project.layout import Finder
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What is to be compared, and what says what the overlay wrote: the base, or else a description."""

    running: Path
    """A blob, a directory, or an archive."""
    built: Path
    board: str | None = None
    against: Path | None = None
    pas_at_el2: bool | None = None


def live(request: LiveRequest, finder: Finder) -> Comparison:
    """Raises: ToolError where a file cannot be read, Rejected where one is no tree."""
    tree = running.read(request.running)
    built = running.blanked(running.of_blob(request.built))
    overlay: frozenset[Subject] = frozenset()
    pas = request.pas_at_el2
    if request.board:
        finder = finder.of_board(request.board)
        board = boards.load(request.board, finder)
        pas = board.pas_at_el2 if pas is None else pas
        if not request.against:
            overlay = frozenset(_written(board, built, finder))
    if request.against:
        overlay = _differences(running.blanked(running.of_blob(request.against)), built)
    return compare(tree, built, overlay, pas)


def _differences(base: Tree, built: Tree) -> frozenset[Subject]:
    """The properties that the overlay wrote into the base."""
    return frozenset(
        Subject(change.path, change.property)
        for change in diff.changes(base, built)
        if change.property and change.path in built.nodes
    )


def _written(board: Board, built: Tree, finder: Finder) -> set[Subject]:
    """The properties that a description writes, at the paths of the tree that was built."""
    symbols: dict[str, str] = {}
    for table in (*tables(board, finder), built):
        symbols |= table.symbols
    found: set[Subject] = set()
    for target in board.targets:
        path = target.target if target.is_path else symbols.get(target.target)
        if path and path in built.nodes:
            _below(target, path, found)
    return found


def _below(node: Target | NodeSource, path: str, found: set[Subject]) -> None:
    found.update(Subject(path, prop.name) for prop in node.properties)
    for child in node.children:
        _below(child, f"{path}/{child.name}", found)
