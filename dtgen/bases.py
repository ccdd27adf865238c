"""The bases of a board: given as blobs, compiled from a kernel tree, or built in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
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
from dtgen.progress import Progress
from dtgen.project import Finder, KernelTree
from dtgen.result import BaseResult

LEAN = "lean"
"""What is appended to the name of a built-in base, so that nobody takes it for a board's."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base that can be had: its blob was checked."""

    name: str
    blob: bytes
    tree: Tree
    source: Path | None = None
    """None where it was given as a blob."""
    kernel: KernelTree | None = None
    """What the source is a part of."""


@dataclass(frozen=True, slots=True)
class Found:
    """The bases that can be had, and why the others cannot."""

    outcomes: tuple[Base | BaseResult, ...]
    """As they were asked for; a result is of one that cannot be had."""

    @property
    def bases(self) -> tuple[Base, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Base))

    @property
    def refused(self) -> tuple[BaseResult, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, BaseResult))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Of the refused ones."""
        return tuple(diagnostic for base in self.refused for diagnostic in base.assessment.introduced)


def positions(base: Base) -> Mapping[tuple[str, str | None], Location]:
    """Where each node (`(path, None)`) and property stands in the base's sources; empty for a blob.

    Raises: ToolError where dtc or cpp cannot be run.
    """
    if base.source is None:
        return {}
    include = (*(base.kernel.include if base.kernel else ()), base.source.parent)
    text = compiler.source_text(base.source, include)
    dtc = compiler.find_dtc(base.kernel.root if base.kernel else None)
    found = compiler.positions(text, project.display(base.source), dtc, include)
    return {
        key: dataclasses.replace(place, file=project.display(Path(place.file)))
        for key, place in found.items()
    }


def from_blob(file: str, data: bytes) -> Base:
    """A base that was read. Raises: Rejected where it is no tree, or is an overlay."""
    return _checked(Path(file).stem, file, data)


def from_files(given: Iterable[Path]) -> Found:
    """Raises: ToolError where one cannot be read, or two have one name."""
    by_name: dict[str, Path] = {}
    for file in given:
        other = by_name.setdefault(file.stem, file)
        if other is not file:
            raise ToolError(
                f"{project.display(other)} and {project.display(file)} would give merged blobs of one name",
                "run dtgen for each, with another -o DIR",
            )
    return _collected((name, project.display(file), _from_file(file)) for name, file in by_name.items())


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """A base by its blob or source, with overlays that come first."""

    file: Path
    overlays: tuple[Path, ...] = ()


def from_stack(wanted: BaseFiles, tree: KernelTree | None, cache: Path) -> Base:
    """A base by its files; `tree`: what sources include from, where they lie in none themselves.

    Raises: Rejected where it cannot be had, ToolError where a file cannot be read.
    """
    file = wanted.file
    shown = project.display(file)
    own = KernelTree.around(file) if file.suffix == ".dts" else None
    data = _blob_of(file, own or tree, cache)
    try:
        for path in wanted.overlays:
            overlay_blob = _blob_of(path, own or tree, cache)
            overlay = Overlay.of(blob.read(overlay_blob, project.display(path)))
            data = merge(blob.read(data, shown), data, overlay, overlay_blob).blob
    except NotApplicable as error:
        first = error.obstacles[0].finding
        raise rejected(
            "stack", f"cannot be applied to {shown}: {first.message}", Location(error.file), first.help
        ) from error
    return _checked(file.stem, shown, data, file if file.suffix == ".dts" else None, own or tree)


def _blob_of(file: Path, tree: KernelTree | None, cache: Path) -> bytes:
    if file.suffix not in (".dts", ".dtso"):
        return files.read(file, blob.MAX_SIZE)
    dtc = compiler.find_dtc(tree.root if tree else None)
    include = (*(tree.include if tree else ()), file.parent)
    return kernel.compile_file(file, include, cache, dtc, None, dtc.version())


def lean(board: Board, finder: Finder, dtc: Tool) -> Found:
    """The built-in base. Raises: Rejected where the board has none."""
    file = finder.lean_base(board.lineage)
    if file is None:
        raise rejected(
            "missing-base",
            f"{board.name} has no built-in base",
            board.location,
            "give a base with --base FILE.dtb, or a kernel tree with --kernel DIR",
        )
    shown = project.display(file)
    data = compiler.compile_base(files.read(file, blob.MAX_SIZE), shown, dtc).required()
    return Found((_checked(f"{file.stem}-{LEAN}", shown, data, file),))


def from_kernel(
    board: Board, tree: KernelTree, dtc: Tool, cpp: Tool, cache: Path, progress: Progress
) -> Found:
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

    return _collected(
        (base.name, project.display(tree.source(base.dts)), outcome(base)) for base in board.bases
    )


def _absent(base: BaseSource, tree: KernelTree) -> str:
    """The first source of the base that the tree does not have; empty where it has all."""
    return next((path for path in (base.dts, *base.overlays) if not tree.source(path).is_file()), "")


def _collected(outcomes: Iterable[tuple[str, str, Base | Rejected]]) -> Found:
    return Found(
        tuple(
            BaseResult.refused(name, file, outcome.diagnostics) if isinstance(outcome, Rejected) else outcome
            for name, file, outcome in outcomes
        )
    )


def _checked(
    name: str, file: str, data: bytes, source: Path | None = None, kernel_tree: KernelTree | None = None
) -> Base:
    tree = blob.read(data, file)
    if tree.is_overlay:
        raise rejected(
            "wrong-base", "this is an overlay, not a base", Location(file), "give the board's .dtb"
        )
    return Base(name, data, tree, source, kernel_tree)


def _from_file(file: Path) -> Base | Rejected:
    try:
        return _checked(file.stem, project.display(file), files.read(file, blob.MAX_SIZE))
    except Rejected as refusal:
        return refusal


def _missing(base: BaseSource, path: str, tree: KernelTree, severity: Severity) -> Rejected:
    return Rejected(
        Diagnostic(
            "missing-base",
            severity,
            f"{project.display(tree.source(path))} does not exist: {base.name} is left out",
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
    file = project.display(tree.source(base.dts))
    try:
        data = blobs[0]
        for path, overlay_blob in zip(base.overlays, blobs[1:], strict=True):
            overlay = Overlay.of(blob.read(overlay_blob, path))
            data = merge(blob.read(data, file), data, overlay, overlay_blob).blob
        return _checked(base.name, file, data, tree.source(base.dts), tree)
    except NotApplicable as error:
        first = error.obstacles[0].finding
        return rejected("stack", f"{path} cannot be applied: {first.message}", base.location, first.help)
    except Rejected as refusal:
        return refusal
