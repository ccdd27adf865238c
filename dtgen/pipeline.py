"""The stages of a build, in order. Read this first.

    Board → OverlaySource → Overlay → Merged → diagnostics → result

A stage returns its value or raises `Rejected`, which only this module and the collection of bases
catch. No stage prints, and nothing is written before all that can be refused was refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dtgen import bases, files, project
from dtgen.bases import Base, Found
from dtgen.bindings import store
from dtgen.bindings.engine import Engine
from dtgen.comparison import compare
from dtgen.description import board as boards
from dtgen.description import source
from dtgen.description.board import Board
from dtgen.description.source import OverlaySource
from dtgen.devicetree import blob, compiler, diff
from dtgen.devicetree.compiler import Tool
from dtgen.devicetree.merge import Merged, NotApplicable, merge
from dtgen.devicetree.overlay import Overlay
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.errors import Rejected, rejected
from dtgen.locator import Locator
from dtgen.project import Finder, KernelTree
from dtgen.result import BaseResult, BuildResult

PAS_COMMON = "remoteproc/qcom,pas-common.yaml"

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be built."""

    board: str
    bases: tuple[Path, ...] = ()
    """Blobs. Empty: those of the kernel tree, or the built-in one."""
    output: Path | None = None
    """None: `build/<board>`."""


@dataclass(frozen=True, slots=True)
class BuiltOverlay:
    """An overlay and where each of its lines came from."""

    source: OverlaySource
    overlay: Overlay
    blob: bytes
    locator: Locator
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Bindings:
    """A loaded schema set and what to tell of it."""

    engine: Engine
    name: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class Builder:
    """Builds boards; the bindings are loaded once for all of them."""

    finder: Finder
    kernel: KernelTree | None
    bindings: Path | None
    """None: those of the kernel tree, or the built-in ones."""
    progress: Progress
    _loaded: dict[bool, Bindings] = field(default_factory=dict)

    def build(self, request: Request) -> BuildResult:
        """Build one board. Raises: ToolError."""
        try:
            board = boards.load(request.board, self.finder)
            directory = request.output or Path("build") / board.name
            built = self._overlay(board, directory)
            found = self._bases(board, request.bases)
            if not found.bases:
                raise Rejected(*found.diagnostics)
        except Rejected as refusal:
            return BuildResult.failed(request.board, refusal.diagnostics)
        overlay = board.overlay.name
        outputs = {f"{overlay}.dtso": built.source.text.encode(), f"{overlay}.dtbo": built.blob}
        bindings = self._load_bindings(board.legacy)
        results = []
        for done, base in enumerate(found.bases, 1):
            merged_file = f"{base.name}-{board.overlay.suffix}.dtb"
            result, merged = _base_result(board, base, built, bindings.engine, directory / merged_file)
            results.append(result)
            if merged:
                outputs[merged_file] = merged.blob
            if len(found.bases) > 1:
                self.progress(f"validating {board.name}", done, len(found.bases))
        for file, data in outputs.items():
            files.write_atomically(directory / file, data)
        return BuildResult(
            board.name,
            board.title,
            tuple(project.display(directory / f"{overlay}{ending}") for ending in (".dtso", ".dtbo")),
            (*_unexplained(built.warnings, results), *found.diagnostics),
            tuple(results),
            bindings.name,
            (*_board_notes(board), *bindings.notes),
        )

    def _overlay(self, board: Board, directory: Path) -> BuiltOverlay:
        """Render and compile. Raises: Rejected with dtc's errors, ToolError."""
        dtc = self._dtc()
        text = source.render(board, self.finder)
        compiled = compiler.compile_overlay(text.text, text.name, dtc)
        if compiled.blob is None and not board.targets:
            raise rejected(
                "board-format", f"{board.name} writes nothing", board.location, "add streams or nodes"
            )
        if compiled.blob is None:
            help = f"`dtgen render {board.name}` prints the whole source"
            raise Rejected(*(Locator(text, text.name, {}).message(m, help) for m in compiled.messages))
        positions = compiler.positions(text.text, text.name, dtc)
        locator = Locator(text, project.display(directory / text.name), positions)
        overlay = Overlay.of(blob.read(compiled.blob, f"{board.overlay.name}.dtbo"))
        return BuiltOverlay(
            text, overlay, compiled.blob, locator, tuple(map(locator.message, compiled.messages))
        )

    def _bases(self, board: Board, given: tuple[Path, ...]) -> Found:
        if given:
            return bases.from_files(given)
        if self.kernel:
            return bases.from_kernel(
                board,
                self.kernel,
                self._dtc(),
                compiler.find_cpp(),
                lambda done, of: self.progress("compiling bases", done, of),
            )
        return bases.lean(board, self.finder, self._dtc())

    def _dtc(self) -> Tool:
        return compiler.find_dtc(self.kernel.root if self.kernel else None)

    def _load_bindings(self, legacy: bool) -> Bindings:
        if legacy not in self._loaded:
            self._loaded[legacy] = self._prepare_bindings(legacy)
        return self._loaded[legacy]

    def _prepare_bindings(self, legacy: bool) -> Bindings:
        given = self.bindings or (self.kernel.bindings if self.kernel else None)
        directory = project.bindings_directory(given) if given else project.builtin_bindings()
        replacements: tuple[Path, ...] = ()
        notes: list[str] = []
        if legacy:
            replacements = (project.legacy_bindings() / PAS_COMMON,)
        elif given and _too_old(directory / PAS_COMMON):
            replacements = (project.builtin_bindings() / PAS_COMMON,)
            notes.append(
                f"{project.display(directory / PAS_COMMON)} does not know `iommus` (it is older than v7.0); "
                "dtgen's own stands in for it"
            )
        prepared = store.prepare(
            directory,
            replacements,
            project.cache_directory(),
            lambda done, of: self.progress("preparing bindings", done, of),
        )
        for problem in prepared.problems:
            where = Location(project.display(Path(problem.file)), problem.line)
            notes.append(f"the schema {where} is left out: {problem.message}")
        name = project.display(directory) if given else "built-in bindings"
        return Bindings(prepared.load(complete=given is not None), name, tuple(notes))


def render(name: str, finder: Finder) -> str:
    """The overlay's source. Raises: Rejected, ToolError."""
    return source.render(boards.load(name, finder), finder).text


def _base_result(
    board: Board, base: Base, built: BuiltOverlay, engine: Engine, output: Path
) -> tuple[BaseResult, Merged | None]:
    started = time.monotonic()
    try:
        _check_fits(board, base)
        merged = merge(base.tree, base.blob, built.overlay, built.blob)
    except Rejected as refusal:
        return BaseResult.refused(base.name, base.tree.file, refusal.diagnostics), None
    except NotApplicable as error:
        diagnostics = tuple(
            built.locator.overlay(obstacle.rule, Severity.ERROR, obstacle.finding, board.location)
            for obstacle in error.obstacles
        )
        return BaseResult.refused(base.name, base.tree.file, diagnostics), None
    comparison = compare(base, merged, built.locator, engine)
    result = BaseResult(
        base.name,
        base.tree.file,
        project.display(output),
        tuple(diff.changes(merged.base, merged.tree)),
        comparison.introduced,
        comparison.fixed,
        comparison.pre_existing,
        comparison.undocumented,
        time.monotonic() - started,
    )
    return result, merged


def _unexplained(warnings: Sequence[Diagnostic], results: Sequence[BaseResult]) -> Iterator[Diagnostic]:
    """dtc's warnings, without those at an entry of which a rule or a binding says what is wrong."""
    explained = {diagnostic.location for result in results for diagnostic in result.introduced}
    return (warning for warning in warnings if warning.location not in explained)


def _check_fits(board: Board, base: Base) -> None:
    compatible = base.tree.root.compatible
    if set(compatible).isdisjoint(board.compatible):
        raise rejected(
            "wrong-base",
            f"this base is for {', '.join(compatible) or 'a board without a compatible'}; "
            f"{board.name} is for {' or '.join(board.compatible)}",
            Location(base.tree.file),
            "give a base of the same SoC, or add its compatible to the description",
        )


def _too_old(pas_common: Path) -> bool:
    """Whether a kernel's own schema does not know `iommus`, which v7.0 added."""
    try:
        return "\n  iommus:" not in pas_common.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # there is no such schema, and so nothing to stand in for


def _board_notes(board: Board) -> Iterator[str]:
    if board.legacy:
        yield (
            f"{board.name} asks for the legacy profile: qcom,devmem was proposed in October 2024 "
            "and dropped; no released kernel reads it"
        )
