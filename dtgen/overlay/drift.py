"""How the bases of a description differ from those of a kernel tree's Makefiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

from dtgen.description.board import Board
from dtgen.dts import kbuild
from dtgen.project import layout
from dtgen.project.layout import KernelTree


def drift(board: Board, tree: KernelTree) -> Iterator[str]:
    """Notes of the bases that the Makefiles apply the overlay of this name to, or do not.

    Nothing of an overlay that they do not know, and of a base that the tree lacks.
    """
    overlay = f"{board.overlay.name}.dtso"
    bases = [base for base in board.bases if not any(map(layout.is_own, base.sources))]
    composites = [
        composite
        for directory in sorted({tree.source(base.dts).parent for base in bases})
        for composite in kbuild.composites(directory)
        if overlay in (file.name for file in composite.overlays)
    ]
    if not composites:
        return
    named = {_stack(tree.source(b.dts), map(tree.source, b.overlays)): b.name for b in bases}
    paired = {}
    for composite in composites:
        first = takewhile(lambda file: file.name != overlay, composite.overlays)
        paired[_stack(composite.board, first)] = composite
    makefile = composites[0].named.file
    if unnamed := [composite for stack, composite in paired.items() if stack not in named]:
        names = ", ".join(f"{composite.board.stem} (line {composite.named.line})" for composite in unnamed)
        yield f"{makefile} applies {overlay} to {names}, which {board.name} does not name"
    if unpaired := [name for stack, name in named.items() if stack not in paired and stack[0].is_file()]:
        yield f"{board.name} names {', '.join(unpaired)}, to which {makefile} does not apply {overlay}"


def _stack(board: Path, overlays: Iterable[Path]) -> tuple[Path, ...]:
    return (layout.resolved(board), *(layout.resolved(file) for file in overlays))
