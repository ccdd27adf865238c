"""The bases of a board: given as blobs, compiled from a kernel tree, or built in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dtgen import files, project
from dtgen.description.board import BaseSource, Board
from dtgen.devicetree import blob, compiler, kernel
from dtgen.devicetree.compiler import Tool
from dtgen.devicetree.merge import NotApplicable, merge
from dtgen.devicetree.overlay import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.project import Finder, KernelTree

LEAN = "lean"
"""What is appended to the name of a built-in base, so that nobody takes it for a board's."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base that can be had: its blob was checked."""

    name: str
    blob: bytes
    tree: Tree


@dataclass(frozen=True, slots=True)
class Found:
    """The bases that can be had, and why the others cannot."""

    bases: tuple[Base, ...]
    diagnostics: tuple[Diagnostic, ...]


def from_files(given: Iterable[Path]) -> Found:
    """Raises: ToolError where one cannot be read."""
    return _collect(map(_from_file, given))


def lean(board: Board, finder: Finder, dtc: Tool) -> Found:
    """The built-in base. Raises: ToolError where the board has none."""
    file = finder.lean_base(board.lineage)
    if file is None:
        raise ToolError(
            f"{board.name} has no built-in base",
            "give a base with --base FILE.dtb, or a kernel tree with --kernel DIR",
        )
    shown = project.display(file)
    compiled = compiler.compile_base(files.read(file, blob.MAX_SIZE), shown, dtc)
    if compiled.blob is None:
        raise rejected("dtc", compiled.messages[0].text, compiled.messages[0].location)
    return Found((_checked(f"{file.stem}-{LEAN}", shown, compiled.blob),), ())


def from_kernel(
    board: Board, tree: KernelTree, dtc: Tool, cpp: Tool, progress: Callable[[int, int], None]
) -> Found:
    """Every base that the board names, compiled. Raises: Rejected where it names none."""
    if not board.bases:
        raise rejected(
            "missing-base", f"{board.name} names no bases", board.location, "list them in `bases:`"
        )
    wanted: list[BaseSource] = []
    missing: list[Diagnostic] = []
    for base in board.bases:
        absent = [path for path in (base.dts, *base.overlays) if not tree.source(path).is_file()]
        if absent:
            missing.append(_missing(base, absent[0], tree))
        else:
            wanted.append(base)
    sources = sorted({path for base in wanted for path in (base.dts, *base.overlays)})
    compilations = kernel.compile_sources(tree, sources, project.cache_directory(), dtc, cpp, progress)
    by_source = {compilation.source: compilation for compilation in compilations}
    found = _collect(_stacked(base, tree, by_source) for base in wanted)
    if not wanted:  # a board that an older kernel lacks is one thing; that it lacks them all is a mistake
        missing = [dataclasses.replace(diagnostic, severity=Severity.ERROR) for diagnostic in missing]
    return Found(found.bases, (*missing, *found.diagnostics))


def _collect(outcomes: Iterable[Base | Rejected]) -> Found:
    bases: list[Base] = []
    diagnostics: list[Diagnostic] = []
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            diagnostics.extend(outcome.diagnostics)
        elif any(base.name == outcome.name for base in bases):
            raise ToolError(
                f"two bases are called {outcome.name}, and so would their merged blobs be", "build them apart"
            )
        else:
            bases.append(outcome)
    return Found(tuple(bases), tuple(diagnostics))


def _checked(name: str, file: str, data: bytes) -> Base:
    tree = blob.read(data, file)
    if tree.is_overlay:
        raise rejected(
            "wrong-base", "this is an overlay, not a base", Location(file), "give the board's .dtb"
        )
    return Base(name, data, tree)


def _from_file(file: Path) -> Base | Rejected:
    try:
        return _checked(file.stem, project.display(file), files.read(file, blob.MAX_SIZE))
    except Rejected as refusal:
        return refusal


def _missing(base: BaseSource, path: str, tree: KernelTree) -> Diagnostic:
    return Diagnostic(
        "missing-base",
        Severity.WARNING,
        f"{project.display(tree.source(path))} does not exist: {base.name} is left out",
        base.location,
        help="the kernel tree is older than the board, or the path is wrong",
    )


def _stacked(
    base: BaseSource, tree: KernelTree, compilations: Mapping[str, kernel.Compilation]
) -> Base | Rejected:
    """A board of the kernel tree with the overlays that come before ours."""
    blobs = []
    for path in (base.dts, *base.overlays):
        compilation = compilations[path]
        if compilation.blob is None:
            return compilation.failure or rejected("dtc", f"{path} gave no blob", base.location)
        blobs.append(compilation.blob)
    file = project.display(tree.source(base.dts))
    try:
        data = blobs[0]
        for path, overlay_blob in zip(base.overlays, blobs[1:], strict=True):
            overlay = Overlay.of(blob.read(overlay_blob, path))
            data = merge(blob.read(data, file), data, overlay, overlay_blob).blob
        return _checked(base.name, file, data)
    except NotApplicable as error:
        first = error.obstacles[0].finding
        return rejected("stack", f"{path} cannot be applied: {first.message}", base.location, first.help)
    except Rejected as refusal:
        return refusal
