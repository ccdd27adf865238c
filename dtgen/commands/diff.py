"""`dtgen diff` of descriptions: what their overlays differ in."""

from __future__ import annotations

from pathlib import Path

from dtgen.description import board as boards
from dtgen.description import differences
from dtgen.diagnostics import Diagnostic
from dtgen.errors import Rejected, ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.results import DiffResult


def are_descriptions(old: Path, new: Path, finder: Finder) -> bool:
    """By their endings, or as the names of boards. Raises: ToolError where one alone is."""
    kinds = {_is_description(file, finder) for file in (old, new)}
    if len(kinds) > 1:
        raise ToolError(
            "a description and a blob cannot be compared",
            "give two descriptions, or build the description and give its .dtbo",
        )
    return True in kinds


def _is_description(file: Path, finder: Finder) -> bool:
    return layout.is_description(file) or (not file.exists() and str(file) in finder.boards())


def descriptions(old: Path, new: Path, finder: Finder) -> DiffResult:
    """Raises: ToolError."""
    found: list[boards.Board] = []
    wrong: list[Diagnostic] = []
    for file in (old, new):
        try:
            found.append(boards.load(str(file), finder))
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    changes = () if wrong else tuple(differences.changes(*found))
    return DiffResult(layout.display(old), layout.display(new), changes, tuple(wrong))
