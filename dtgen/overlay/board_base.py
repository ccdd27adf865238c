"""The bases of a board: compiled from a kernel tree, or built in."""

from __future__ import annotations

import dataclasses

from dtgen.description.board import Board
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.dts.compiler import Tool
from dtgen.errors import rejected
from dtgen.overlay.base import Bases, checked
from dtgen.project import files, layout
from dtgen.project.layout import Finder

_LEAN = "lean"
"""What is appended to the name of a built-in base, so that nobody takes it for a board's."""


def lean(board: Board, finder: Finder, dtc: Tool) -> Bases:
    """The built-in base. Raises: Rejected where the board has none."""
    file = finder.lean_base(board.ancestry)
    if file is None:
        raise rejected(
            "missing-base",
            f"{board.name} has no built-in base",
            board.location,
            "give a base with --base FILE.dtb, or a kernel tree with --kernel DIR",
        )
    shown = layout.display(file)
    data = compiler.compile_base(files.read(file, blob.MAX_SIZE), shown, dtc).required()
    base = checked(f"{file.stem}-{_LEAN}", shown, data, file)
    return Bases((dataclasses.replace(base, stand_in=True),))
