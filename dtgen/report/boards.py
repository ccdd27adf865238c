"""Boards for people and programs: the list of them, and one resolved description."""

from __future__ import annotations

import json
from typing import Any

from dtgen.description.board import Board, load
from dtgen.errors import Rejected, ToolError
from dtgen.project.layout import Finder, display, is_builtin

_NO_PUBLIC_BASE = " (no public base yet)"
"""Of a description that comes with dtgen and names no board: its built-in base is a stand-in."""


def listing(finder: Finder, format_: str) -> str:
    """Name, title and file of every board; one that cannot be loaded is listed with its error."""
    rows: list[dict[str, Any]] = []
    hidden = finder.hidden()
    for name, file in finder.boards().items():
        public, own = True, not is_builtin(file)
        try:
            board = load(name, finder)
            title, public = board.title, bool(board.bases) or own
        except Rejected as refusal:
            first = refusal.diagnostics[0]
            title = f"cannot be loaded: {first.location}: {first.message}"
        except ToolError as error:
            title = f"cannot be loaded: {error}"
        hides = display(hidden[name]) if name in hidden else None
        row = {"name": name, "title": title, "file": display(file), "own": own, "hides": hides}
        rows.append({**row, "public_base": public})
    if format_ == "json":
        return json.dumps({"version": 1, "boards": rows}, indent=2, ensure_ascii=False) + "\n"
    width = max((len(row["name"]) for row in rows), default=0)
    return "".join(f"{row['name']:{width}}  {row['title']}{_whose(row)}\n" for row in rows)


def _whose(row: dict[str, Any]) -> str:
    """Nothing of what comes with dtgen and has a public base."""
    if not row["own"]:
        return "" if row["public_base"] else _NO_PUBLIC_BASE
    return f" ({row['file']}{', hides the built-in one' if row['hides'] else ''})"


def resolved(board: Board, format_: str) -> str:
    """The description with all that it extends merged in, as YAML or JSON."""
    if format_ == "json":
        return json.dumps(board.data, indent=2, ensure_ascii=False) + "\n"
    from dtgen.description.yaml import write

    return write(board.data)
