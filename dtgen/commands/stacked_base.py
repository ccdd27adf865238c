"""Bases that overlays were applied to before ours: of a board in a kernel tree, or by their files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dtgen.checks import application
from dtgen.checks.findings import Observation
from dtgen.checks.location import as_written
from dtgen.description.board import BaseSource, Board
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Finding, Location, Severity
from dtgen.dts import compiler, kernel
from dtgen.dts.compiler import Tool
from dtgen.errors import Rejected, rejected
from dtgen.overlay.base import Base, Bases, checked, collected
from dtgen.overlay.stack import Layer
from dtgen.progress import Progress
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """A base by its blob or source, with overlays that come first."""

    file: Path
    overlays: tuple[Path, ...] = ()
    named: Location | None = field(default=None, compare=False)
    """Where it is written that these are the files; None where they are given on the command line."""


def from_stack(
    wanted: BaseFiles, tree: KernelTree | None, cache: Path, include: tuple[Path, ...] = ()
) -> Base:
    """A base by its files. `tree`: what sources include from that lie in no tree themselves; `include`: all.

    Raises: Rejected where it cannot be had, ToolError where a file cannot be read.
    """
    file = wanted.file
    shown = layout.display(file)
    own = KernelTree.around(file) if file.suffix == ".dts" else None

    def data_of(path: Path) -> bytes:
        return _blob_of(path, own or tree, cache, include)

    def refused(overlay: str, why: Diagnostic) -> Rejected:
        return rejected("stack", f"cannot be applied to {shown}: {why.message}", Location(overlay), why.help)

    overlays = ((layout.display(path), data_of(path)) for path in wanted.overlays)
    data = _applied(shown, data_of(file), overlays, refused)
    base = checked(file.stem, shown, data, file if file.suffix == ".dts" else None, own or tree)
    return dataclasses.replace(base, include=include)


def _blob_of(file: Path, tree: KernelTree | None, cache: Path, include: tuple[Path, ...]) -> bytes:
    if file.suffix not in (".dts", ".dtso"):
        return files.read(file, blob.MAX_SIZE)
    dtc = compiler.find_dtc(tree.root if tree else None)
    include = (*include, *(tree.include if tree else ()), file.parent)
    return kernel.compile_file(file, include, cache, dtc, compiler.find_cpp(), dtc.version())


def from_kernel(
    board: Board, tree: KernelTree, dtc: Tool, cpp: Tool, cache: Path, progress: Progress
) -> Bases:
    """Every base that the board names, compiled. Raises: Rejected where it names none."""
    if not board.bases:
        raise rejected(
            "missing-base", f"{board.name} names no bases", board.location, "list them in `bases:`"
        )
    names = [base.name for base in board.bases]
    for base in board.bases:
        if names.count(base.name) > 1:
            message = f"two bases are called {base.name}, and so would their merged blobs be"
            raise rejected("missing-base", message, base.location, "give one a name: {name: …, dts: …}")
    absent = {base.name: _absent(base, tree) for base in board.bases}
    wanted = [base for base in board.bases if not absent[base.name]]
    sources = sorted({path for base in wanted for path in (base.dts, *base.overlays)})
    compilations = kernel.compile_sources(tree, sources, cache, dtc, cpp, progress)
    by_source = {compilation.source: compilation for compilation in compilations}
    # a board that an older kernel lacks is one thing; that it lacks them all is a mistake
    severity = Severity.WARNING if wanted else Severity.ERROR

    def outcome(base: BaseSource) -> Base | Rejected:
        lacking = absent[base.name]
        return _missing(base, lacking, tree, severity) if lacking else _stacked(base, tree, by_source)

    return collected(
        (base.name, layout.display(tree.source(base.dts)), outcome(base)) for base in board.bases
    )


def _absent(base: BaseSource, tree: KernelTree) -> str:
    """The first source of the base that the tree does not have; empty where it has all."""
    return next((path for path in (base.dts, *base.overlays) if not tree.source(path).is_file()), "")


def _missing(base: BaseSource, path: str, tree: KernelTree, severity: Severity) -> Rejected:
    finding = Finding.at(
        base.location,
        f"{layout.display(tree.source(path))} does not exist: {base.name} is left out",
        "the kernel tree is older than the board, or the path is wrong",
    )
    return Rejected(as_written(Observation("missing-base", severity, finding)))


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
    file = layout.display(tree.source(base.dts))

    def refused(overlay: str, why: Diagnostic) -> Rejected:
        return rejected("stack", f"{overlay} cannot be applied: {why.message}", base.location, why.help)

    try:
        data = _applied(file, blobs[0], zip(base.overlays, blobs[1:], strict=True), refused)
        return checked(base.name, file, data, tree.source(base.dts), tree)
    except Rejected as refusal:
        return refusal


def _applied(
    file: str,
    data: bytes,
    overlays: Iterable[tuple[str, bytes]],
    refused: Callable[[str, Diagnostic], Rejected],
) -> bytes:
    """A base with overlays applied, which is called as the base is; `overlays`: their names and blobs.

    Raises: Rejected, where one does not fit that of `refused`, for the first reason.
    """
    for name, overlay in overlays:
        base, layer = blob.read(data, file), Layer(Overlay.of(blob.read(overlay, name)), overlay)
        try:
            data = application.apply(base, data, (layer,)).blob
        except Rejected as refusal:
            raise refused(name, refusal.diagnostics[0]) from refusal
    return data
