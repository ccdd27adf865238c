"""Bases that overlays were applied to before ours: of a board in a kernel tree, or by their files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from dtgen.checks import application
from dtgen.checks.findings import Observation
from dtgen.checks.given import SOURCES, Reader
from dtgen.checks.location import as_written
from dtgen.description.board import BaseSource, Board
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Finding, Location, Severity
from dtgen.dts import kernel
from dtgen.dts.compiler import Tool
from dtgen.dts.kernel import Compilation
from dtgen.errors import Rejected, rejected
from dtgen.overlay.base import Base, Bases, checked, collected
from dtgen.overlay.stack import Layer
from dtgen.progress import Progress
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass
from dtgen.words import near_names


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """A base by its blob or source, with overlays that come first."""

    file: Path
    overlays: tuple[Path, ...] = ()
    named: Location | None = field(default=None, compare=False)
    """Where it is written that these are the files; None where they are given on the command line."""
    later: tuple[Path, ...] = field(default=(), compare=False)
    """Overlays that come after the one that this is the base of."""


def from_stack(wanted: BaseFiles, reader: Reader, above: Sequence[Layer] = ()) -> Base:
    """A base by its files. `above`: what will be applied to it.

    Raises: Rejected where it cannot be had, ToolError where a file cannot be read.
    """
    base = reader.base(wanted.file)
    if not wanted.overlays:
        return base
    shown = layout.display(wanted.file)

    def refused(overlay: str, why: Diagnostic) -> Rejected:
        return rejected("stack", f"cannot be applied to {shown}: {why.message}", Location(overlay), why.help)

    layers = [_layer(layout.display(path), reader.blob(path)) for path in wanted.overlays]
    data = _applied(shown, base.blob, layers, refused, above)
    return dataclasses.replace(base, blob=data, tree=blob.read_one(data, shown))


def above(wanted: BaseFiles, reader: Reader) -> Sequence[Layer]:
    """What comes after the overlay that `wanted` is the base of, as far as it can be had."""
    found: list[Layer] = []
    for path in wanted.later:
        try:
            found.append(_layer(layout.display(path), reader.blob(path)))
        except (Rejected, files.Unreadable):
            continue  # where that is checked, it is said
    return found


def _layer(name: str, data: bytes) -> Layer:
    return Layer(Overlay.of(blob.read(data, name)), data)


def of_board(board: Board, reader: Reader, dtc: Tool, cpp: Tool, progress: Progress) -> Bases:
    """Every base that the board names and that can be had: its own, and with a kernel tree those of it.

    Raises: Rejected where it names none.
    """
    if not board.bases:
        raise rejected(
            "missing-base", f"{board.name} names no bases", board.location, "list them in `bases:`"
        )
    named = [base for base in board.bases if reader.kernel or base.is_own]
    names = [base.name for base in named]
    for base in named:
        if names.count(base.name) > 1:
            message = f"two bases are called {base.name}, and so would their merged blobs be"
            raise rejected("missing-base", message, base.location, "give one a name: {name: …, dts: …}")
    absent = {base.name: _absent(base, reader.kernel) for base in named}
    wanted = [base for base in named if not absent[base.name]]
    compilations = {
        path: _compiled(base.file(path, None), path, reader)
        for base in wanted
        for path in base.sources
        if layout.is_own(path)
    }
    if reader.kernel:
        sources = sorted({path for base in wanted for path in base.sources} - compilations.keys())
        found = kernel.compile_sources(reader.kernel, sources, reader.cache, dtc, cpp, progress)
        compilations |= {compilation.source: compilation for compilation in found}
    # a board that an older kernel lacks is one thing; that it lacks them all is a mistake
    lacking = Severity.WARNING if wanted else Severity.ERROR

    def outcome(base: BaseSource) -> Base | Rejected:
        path = absent[base.name]
        return _missing(base, path, reader.kernel, lacking) if path else _stacked(base, reader, compilations)

    return collected(
        (base.name, layout.display(base.file(base.dts, reader.kernel)), outcome(base)) for base in named
    )


def check_dots(board: Board, tree: KernelTree | None) -> None:
    """Raises: Rejected where a base of the project is named without its dot, as one of the kernel."""
    for base in board.bases:
        project = layout.project_of(Path(base.location.file))
        for path in base.sources:
            in_kernel = tree and tree.source(path).is_file()
            if not layout.is_own(path) and not in_kernel and (project / path).is_file():
                message = f"{path} is looked for in the kernel's sources, but it is the project's"
                raise rejected("missing-base", message, base.location, f"write ./{path}")


def left_out(board: Board) -> Iterator[str]:
    """That bases of a kernel tree are left out, where there is none and the board has bases of its own."""
    count = sum(not base.is_own for base in board.bases)
    if 0 < count < len(board.bases):
        names = "1 base of a kernel tree was" if count == 1 else f"{count} bases of a kernel tree were"
        yield f"{names} left out: --kernel DIR builds on them, too"


def _compiled(file: Path, path: str, reader: Reader) -> Compilation:
    try:
        return Compilation(path, reader.blob(file), None)
    except Rejected as failure:
        return Compilation(path, None, failure)
    except files.Unreadable as error:
        return Compilation(path, None, error.refusal())


def _absent(base: BaseSource, tree: KernelTree | None) -> str:
    """The first source of the base that is not there; empty where all are."""
    return next((path for path in base.sources if not base.file(path, tree).is_file()), "")


def _missing(base: BaseSource, path: str, tree: KernelTree | None, severity: Severity) -> Rejected:
    file = base.file(path, tree)
    help = "the kernel tree is older than the board, or the path is wrong"
    if layout.is_own(path):
        project = layout.project_of(Path(base.location.file))
        severity, help = Severity.ERROR, f"./ stands for {project}, the directory above boards/"
    # a path of the kernel that dtgen itself names is not misspelt: the tree lacks the board
    if severity is Severity.ERROR and (near := _near(file, path, tree)):
        help = f"did you mean {near}?"
    message = f"{layout.display(file)} does not exist: {base.name} is left out"
    finding = Finding.at(base.location, message, help)
    return Rejected(as_written(Observation("missing-base", severity, finding)))


def _near(file: Path, path: str, tree: KernelTree | None) -> str | None:
    """The source with a path like that of `file`, which is written `path`; None where none is."""
    if not tree or layout.is_own(path):
        near = files.near(file)
        return path.removesuffix(file.name) + near.name if near else None
    known = [str(name) for name in files.below(tree.sources, file.suffix)]
    return next(iter(near_names(path, sorted(known))), None)


def _stacked(base: BaseSource, reader: Reader, compilations: Mapping[str, Compilation]) -> Base | Rejected:
    """A board with the overlays that come before ours."""
    blobs = []
    for path in base.sources:
        compilation = compilations[path]
        if compilation.blob is None:
            return compilation.failure or rejected("dtc", f"{path} gave no blob", base.location)
        blobs.append(compilation.blob)
    source = base.file(base.dts, reader.kernel)
    file = layout.display(source)

    def refused(overlay: str, why: Diagnostic) -> Rejected:
        return rejected("stack", f"{overlay} cannot be applied: {why.message}", base.location, why.help)

    try:
        data = _applied(file, blobs[0], list(map(_layer, base.overlays, blobs[1:])), refused)
        if source.suffix not in SOURCES:
            return checked(base.name, file, data)
        found = checked(base.name, file, data, source, reader.kernel)
    except Rejected as refusal:
        return refusal
    return dataclasses.replace(found, include=reader.searched(source) if base.is_own else ())


def _applied(
    file: str,
    data: bytes,
    layers: Sequence[Layer],
    refused: Callable[[str, Diagnostic], Rejected],
    above: Sequence[Layer] = (),
) -> bytes:
    """A base with overlays applied, which is called as the base is. `above`: what comes later.

    Raises: Rejected, where one does not fit that of `refused`, for the first reason.
    """
    if not layers:
        return data
    try:
        return application.apply(blob.read(data, file), data, layers, above=above).blob
    except Rejected as refusal:
        why = refusal.diagnostics[0]
        raise refused(why.location.file, why) from refusal
