"""Where the labels of a base without `__symbols__` come from: a sibling blob, a source, a kernel tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from dtgen.description.board import Board
from dtgen.description.lookup import of_soc
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.symbols import Borrowed, borrow
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Location
from dtgen.dts import compiler, kernel, preprocessor
from dtgen.errors import Rejected, ToolError
from dtgen.overlay import board_base
from dtgen.overlay.application import Application
from dtgen.overlay.base import Base
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """A base with the labels that an overlay needs, as far as they could be placed."""

    base: Base
    notes: tuple[str, ...]
    refused: Mapping[str, str]
    """Label to why it could not be placed."""
    bare: bool
    """Whether the base had no labels at all."""

    def beside(self, kernel_tree: KernelTree | None) -> Callable[[Overlay, Tree], Application]:
        """Of an overlay and what it is to be applied to; `kernel_tree`: where the base is from."""
        file = self.base.tree.file
        unplaced = {
            label: f"{file} has no labels, and {label} could not be placed: {why}"
            for label, why in self.refused.items()
            if self.bare
        }
        deletion = partial(_deletion, kernel_tree, self.base)
        return partial(Application, unplaced=unplaced, deletion=deletion, stand_in=self.base.stand_in)


def complete(
    base: Base,
    overlays: Sequence[Overlay],
    given: Path | None,
    tables: Iterable[Tree],
    include: tuple[Path, ...] = (),
) -> Labelled:
    """The base with the labels that the overlays need and it lacks.

    `given`: a blob, a source (which includes from `include`, too) or a kernel tree that has them.
    `tables`: where to look besides, where the base has no labels at all; a base that has some lacks the
    others for a reason.
    Raises: ToolError, Rejected for what is wrong with `given`.
    """
    wanted = _missing(base.tree, overlays)
    if not wanted or (base.tree.symbols and not given):
        if given and not given.exists():  # what is named must be there, though it is not needed
            raise ToolError(f"cannot read {layout.display(given)}: No such file or directory")
        return Labelled(base, (), {}, not base.tree.symbols)
    sources = [read_source(given, base, include)] if given else []
    if not base.tree.symbols:
        sources += tables
    return _place(base, wanted, sources)


def _missing(base: Tree, overlays: Sequence[Overlay]) -> tuple[str, ...]:
    """The labels that neither the base nor an earlier overlay of the stack has."""
    known = set(base.symbols)
    wanted: dict[str, None] = {}
    for overlay in overlays:
        wanted |= dict.fromkeys(label for label in overlay.fixups if label not in known)
        known |= set(overlay.tree.symbols)
    return tuple(wanted)


def _place(base: Base, labels: Iterable[str], sources: Sequence[Tree]) -> Labelled:
    """Take the labels from the first of the sources whose nodes agree with the base's."""
    borrowed = borrow(base.tree, labels, sources)
    notes = tuple(
        f"{base.tree.file} lacks labels: {_listed(names)} taken from {source}"
        for source, names in _by_source(borrowed).items()
    )
    bare = not base.tree.symbols
    if borrowed.paths:
        data = blob.with_symbols(base.blob, borrowed.paths)
        base = dataclasses.replace(base, blob=data, tree=blob.read(data, base.tree.file))
    return Labelled(base, notes, borrowed.refused, bare)


def _by_source(borrowed: Borrowed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, source in borrowed.sources.items():
        found.setdefault(source, []).append(label)
    return found


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _described(board: Board) -> Tree | None:
    """The label table of a description, as a tree of the nodes that it names; None where it has none."""
    if not board.labels:
        return None
    nodes = {
        entry.path: Node(
            entry.path.rpartition("/")[2],
            entry.path,
            {name: Property(name, value) for name, value in entry.properties.items()},
            {},
        )
        for entry in board.labels
    }
    symbols = {entry.label: entry.path for entry in board.labels}
    return Tree(f"the labels of {board.name}", Node("", "/", {}, {}), nodes, {}, symbols, {})


def tables(board: Board, finder: Finder) -> Iterator[Tree]:
    """Where a board's own knowledge of labels is: its `labels:`, then its built-in base."""
    described: Board | None = board
    while described:
        if own := _described(described):
            yield own
        described = described.on
    if finder.lean_base(board.ancestry):
        yield from (base.tree for base in board_base.lean(board, finder, compiler.find_dtc()).available)


def tables_for(tree: Tree, finder: Finder) -> Iterator[Tree]:
    """The same, of every board that the tree's compatible fits."""
    for board in of_soc(tree.root.compatible, finder):
        yield from tables(board, finder)


def _deletion(kernel_tree: KernelTree | None, base: Base, label: str) -> Location | None:
    """Where the sources of the base delete the node of a label; None where that cannot be said."""
    source = None if base.stand_in else base.source  # which deletes nothing
    include = (*base.include, *(base.kernel.include if base.kernel else ()))
    if source is None and kernel_tree:
        source = next(kernel.find_boards(kernel_tree, base.name, _first_compatible(base)), None)
        include = kernel_tree.include
    try:
        return kernel.deletion(source, include, label, compiler.find_cpp()) if source else None
    except Rejected:
        return None  # this board's sources are broken, which is no answer to why a label is unknown


def _first_compatible(base: Base) -> str:
    return next(iter(base.tree.root.compatible), "")


def read_source(given: Path, base: Base, include: tuple[Path, ...] = ()) -> Tree:
    """A tree with labels for `base`: of a .dtb, a .dts, or the board of a kernel tree that is the base.

    `include`: where a source includes from besides.
    Raises: ToolError where there is none; Rejected where it is damaged or does not compile.
    """
    if given.is_dir():
        return _from_kernel(KernelTree.at(given), base)
    data = files.read(given, blob.MAX_SIZE)
    shown = layout.display(given)
    tree = (
        _compiled(given, KernelTree.around(given), include)
        if blob.is_source(data)
        else blob.read_one(data, shown)
    )
    if not tree.symbols:
        raise ToolError(
            f"{shown} has no labels (no __symbols__) either", "give one that was compiled with dtc -@"
        )
    return tree


def _compiled(source: Path, tree: KernelTree | None, include: tuple[Path, ...] = ()) -> Tree:
    include = (*include, *(tree.include if tree else ()))
    text = preprocessor.preprocess(source, (*include, source.parent), compiler.find_cpp())
    shown, dtc = layout.display(source), compiler.find_dtc(tree.root if tree else None)
    compiled = compiler.compile_base(text, shown, dtc, (source.parent, *include))
    return blob.read(compiled.required(), shown)


def _from_kernel(tree: KernelTree, base: Base) -> Tree:
    """The board of the base's name, or else of its compatible; it must have the base's compatible."""
    wanted = base.tree.root.compatible
    for source in kernel.find_boards(tree, base.name, _first_compatible(base)):
        try:
            found = _compiled(source, tree)
        except Rejected:
            continue
        if found.root.compatible == wanted:
            return found
    raise ToolError(
        f"{layout.display(tree.root)} has no board {base.name} with the compatible {', '.join(wanted)}",
        "give the board's source or a blob with symbols instead",
    )
