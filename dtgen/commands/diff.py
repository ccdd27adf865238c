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

_YAML = (".yaml", ".yml")


def are_descriptions(old: Path, new: Path) -> bool:
    """Raises: ToolError where one alone is."""
    kinds = {file.suffix in _YAML for file in (old, new)}
    if len(kinds) > 1:
        raise ToolError(
            "a description and a blob cannot be compared",
            "give two descriptions, or build the description and give its .dtbo",
        )
    return True in kinds


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
