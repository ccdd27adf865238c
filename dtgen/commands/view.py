"""What there is to look at in trees: the maps, who wrote what, the hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dtgen.checks.given import Reader
from dtgen.devicetree import blob, diff
from dtgen.devicetree.tree import Tree
from dtgen.errors import Rejected
from dtgen.hardware.system import System
from dtgen.overlay.base import Base
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Stack
from dtgen.project import layout
from dtgen.project.files import Unreadable
from dtgen.results import Assessment, FileContent, LayerChanges, TreeResult, View

if TYPE_CHECKING:
    from dtgen.hardware.memory_map import MemoryMap
    from dtgen.hardware.stream_map import StreamMap

MOST = 8
"""Trees of a validation that are looked at; a page of more is about schemas and files."""


def _maps(system: System, against: System | None) -> tuple[StreamMap, MemoryMap]:
    from dtgen.hardware.memory_map import memory_map
    from dtgen.hardware.stream_map import stream_map

    return stream_map(system, against), memory_map(system, against)


def of_stack(stack: Stack, base: Base, name: str, data: bytes) -> View:
    """Of what a stack makes of its base. `name`, `data`: the tree as it is written."""
    first = stack.steps[0].merged.base
    merged = stack.merged
    system, against = System(merged), System(Merged.unchanged(first, base.blob))
    layers = tuple(
        LayerChanges(step.layer.file, tuple(diff.changes(step.merged.base, step.merged.tree)))
        for step in stack.steps
    )
    contents = (
        content(base.tree.file, "base, compiled" if base.source else "base", base.blob),
        *(content(step.layer.file, "overlay", step.layer.blob) for step in stack.steps),
        content(name, "merged tree", data),
    )
    return View(*_maps(system, against), layers, contents)


def of_paths(tree: Path | None, against: Path | None, reader: Reader) -> TreeResult | None:
    """A tree that nobody validated; None where there is none. Raises: Rejected, ToolError."""
    if tree is None:
        return None
    base = layout.display(against) if against else None
    return of_file(TreeResult(layout.display(tree), base, Assessment(), True), reader)


def of_file(result: TreeResult, reader: Reader) -> TreeResult:
    """The result of a tree in a file, with what there is to look at. Raises: Unreadable."""
    if not result.validated:
        return result
    system, data = _system(result.file, reader)
    contents = [content(result.file, "tree", data)]
    against = None
    if result.against:
        against, data = _system(result.against, reader)
        contents.append(content(result.against, "base", data))
    found = View(*_maps(system, against), (), tuple(contents))
    return replace(result, view=found)


def compatibles(reader: Reader) -> Callable[[str, str], tuple[str, ...]]:
    """Of a node of a file, by its path; none where either cannot be had. For one file after the other."""

    @lru_cache(maxsize=1)
    def tree(file: str) -> Tree | None:
        try:
            return blob.read_one(reader.blob(Path(file)), file)
        except (Rejected, Unreadable):
            return None

    def of(file: str, path: str) -> tuple[str, ...]:
        found = tree(file)
        return found.nodes[path].compatible if found and path in found.nodes else ()

    return of


def _system(file: str, reader: Reader) -> tuple[System, bytes]:
    data = reader.blob(Path(file))
    return System(Merged.unchanged(blob.read_one(data, file), data)), data


def content(name: str, what: str, data: bytes) -> FileContent:
    return FileContent(name, what, hashlib.sha256(data).hexdigest(), len(data))
