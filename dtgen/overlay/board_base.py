"""The bases of a board: compiled from a kernel tree, or built in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dtgen.description.board import BaseSource, Board
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.dts import compiler, kernel
from dtgen.dts.compiler import Tool
from dtgen.errors import Rejected, rejected
from dtgen.overlay.base import Base, Bases, checked, collected
from dtgen.overlay.merge import NotApplicable, merge
from dtgen.progress import Progress
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree

_LEAN = "lean"
"""What is appended to the name of a built-in base, so that nobody takes it for a board's."""


def lean(board: Board, finder: Finder, dtc: Tool) -> Bases:
    """The built-in base. Raises: Rejected where the board has none."""
    file = finder.lean_base(board.lineage)
    if file is None:
        raise rejected(
            "missing-base",
            f"{board.name} has no built-in base",
            board.location,
            "give a base with --base FILE.dtb, or a kernel tree with --kernel DIR",
        )
    shown = layout.display(file)
    data = compiler.compile_base(files.read(file, blob.MAX_SIZE), shown, dtc).required()
    return Bases((checked(f"{file.stem}-{_LEAN}", shown, data, file),))


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
    return Rejected(
        Diagnostic(
            "missing-base",
            severity,
            f"{layout.display(tree.source(path))} does not exist: {base.name} is left out",
            base.location,
            help="the kernel tree is older than the board, or the path is wrong",
        )
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
    file = layout.display(tree.source(base.dts))
    try:
        data = blobs[0]
        for path, overlay_blob in zip(base.overlays, blobs[1:], strict=True):
            overlay = Overlay.of(blob.read(overlay_blob, path))
            data = merge(blob.read(data, file), data, overlay, overlay_blob).blob
        return checked(base.name, file, data, tree.source(base.dts), tree)
    except NotApplicable as error:
        first = error.obstacles[0].finding
        return rejected("stack", f"{path} cannot be applied: {first.message}", base.location, first.help)
    except Rejected as refusal:
        return refusal
