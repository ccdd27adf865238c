"""The stages of a build, in order. Read this first.

    Board → OverlaySource → Overlay → Merged → diagnostics → result

A stage returns its value or raises `Rejected`; what was refused is part of the result. No stage prints, and
nothing is written before all that can be refused was refused.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

from dtgen import rules
from dtgen.bindings.select import USUAL, Bindings, Way, choose
from dtgen.checks import allow, application, removed, taken_labels
from dtgen.checks.cache import Verdicts
from dtgen.checks.findings import Observation, Severities, run
from dtgen.checks.given import Reader
from dtgen.checks.introduced import assess
from dtgen.checks.location import Locator, as_written
from dtgen.checks.tree import Inspector
from dtgen.commands import known_streams, view
from dtgen.commands.stacked_base import check_dots, left_out, of_board
from dtgen.description import provenance
from dtgen.description.board import Allowance, Board, load
from dtgen.description.provenance import Described
from dtgen.description.render import OverlaySource, render
from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.dts import compiler, places
from dtgen.dts.compiler import Tool
from dtgen.dts.source import CompiledSource
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.overlay import symbols
from dtgen.overlay.base import Base, Bases, RefusedBase
from dtgen.overlay.board_base import lean
from dtgen.overlay.drift import drift
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer
from dtgen.progress import Report
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass
from dtgen.results import BaseResult, BuildResult
from dtgen.rules import conflicting_streams, contradictory_source, unused_allow
from dtgen.words import near_names

_COMPARED = (conflicting_streams.ID, contradictory_source.ID)
"""What follows from a stream that is wrong."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built."""

    board: str
    bases: tuple[Path, ...] = ()
    """Blobs or sources. Empty: those that the board names, or the built-in one."""
    output: Path | None = None
    """None: `build/<board>`."""
    among_others: bool = False
    """Whether other boards are built, too: then a file that cannot be read is this one's result."""


@dataclass(frozen=True, slots=True)
class BuiltOverlay:
    """An overlay and where each of its lines came from."""

    source: OverlaySource
    overlay: Overlay
    blob: bytes
    locator: Locator
    board: Board
    below: BuiltOverlay | None
    """What is applied before it."""

    @property
    def lower(self) -> tuple[BuiltOverlay, ...]:
        """All that is applied before it, in order."""
        return (*self.below.lower, self.below) if self.below else ()


@dataclass(frozen=True, slots=True)
class Build:
    """A build that is not written."""

    result: BuildResult
    outputs: Mapping[Path, bytes]
    """What is to be written where: the overlay's source and blob first."""
    overlay: Mapping[str, bytes]
    """The overlay's source and blob by their file names; empty where it could not be made."""
    board: Board | None
    """None where the description could not be read."""


@dataclass(slots=True)
class Builder:
    """Builds boards; the bindings are loaded once for all of them."""

    finder: Finder
    kernel: KernelTree | None
    bindings: Path | None
    """None: those of the kernel tree, or the built-in ones."""
    symbols: Path | None
    """Where the labels of a base without any are; None: as the description says."""
    progress: Report
    cache: Path
    """Where compiled bases, prepared bindings and results are kept."""
    severities: Severities = field(default_factory=dict)
    way: Way = USUAL
    """How the bindings are asked."""
    viewed: bool = False
    """Whether results have what there is to look at in their trees."""
    include: tuple[Path, ...] = ()
    """Where sources of bases include from, besides the kernel tree."""
    _loaded: dict[bool, Bindings] = field(default_factory=dict)
    """For boards that ask for the legacy profile, and for those that do not."""

    def build(self, request: BuildRequest) -> BuildResult:
        """Build one board, and write what was built. Raises: ToolError."""
        built = self.assemble(request)
        files.keep_inputs(built.outputs, (*request.bases, *((self.symbols,) if self.symbols else ())))
        try:
            for file, data in built.outputs.items():
                files.write_output(file, data)
        except ToolError as error:
            if request.output or error.remedy:
                raise
            raise ToolError(str(error), "write elsewhere with -o DIR") from error
        return built.result

    def assemble(self, request: BuildRequest) -> Build:
        """Build one board, and write nothing. Raises: ToolError."""
        finder = self.finder.of_board(request.board)
        board = None
        try:
            board = load(request.board, finder)
            if wrong := tuple(allow.unknown(board)):
                raise Rejected(*wrong)
            directory = request.output or Path("build") / board.name
            built = self._overlay(board, finder, directory)
            found = self._bases(board, finder, request.bases)
        except (Rejected, files.Unreadable) as error:
            if isinstance(error, files.Unreadable) and not request.among_others:
                raise
            refusal = error if isinstance(error, Rejected) else error.refusal()
            return Build(BuildResult.failed(request.board, refusal.diagnostics), {}, {}, board)
        overlay = board.overlay.name
        own = {f"{overlay}.dtso": built.source.text.encode(), f"{overlay}.dtbo": built.blob}
        if not found.available:
            refused = tuple(map(_refused, found.refused))
            return Build(BuildResult.failed(request.board, (), refused), {}, own, board)
        outputs = {directory / name: data for name, data in own.items()}
        bindings = self._bindings_of(board)
        inspector = self.inspector(board)
        others = provenance.related(board, finder)
        labels = {label for base in found.available for label in base.tree.symbols}
        labels |= built.overlay.tree.symbols.keys()
        allowed: set[Allowance] = set()
        results: list[BaseResult] = []
        for done, base in enumerate(found.outcomes, 1):
            if isinstance(base, RefusedBase):
                results.append(_refused(base))
                continue
            output = directory / f"{base.name}-{board.overlay.suffix}.dtb"
            applied, data, used = self._base(board, finder, base, built, inspector, output, others)
            notes = (*applied.notes, *_variants(board, others, base))
            results.append(dataclasses.replace(applied, notes=notes, stand_in=base.stand_in))
            allowed |= used
            if data:
                outputs[output] = data
            if len(found.outcomes) > 1:
                self.progress(f"validating {board.name}", done, len(found.outcomes))
        result = BuildResult(
            board.name,
            board.title,
            tuple(layout.display(directory / name) for name in own),
            (*bindings.problems, *self._of_description(board, others, allowed, results, frozenset(labels))),
            tuple(results),
            bindings.name,
            (
                *_board_notes(board),
                *provenance.unsourced(Described(board, others)),
                *self._drift(board, finder, request),
                *bindings.notes,
            ),
        )
        return Build(result, outputs, own, board)

    def inspector(self, board: Board) -> Inspector:
        """What the board's trees are inspected with. Raises: ToolError."""
        cache = Verdicts(layout.kept_verdicts(self.cache))
        return Inspector(self._bindings_of(board).engine, self._dtc(), cache, self.severities)

    def _overlay(self, board: Board, finder: Finder, directory: Path) -> BuiltOverlay:
        """Render and compile, what comes first, too. Raises: Rejected with dtc's errors, ToolError."""
        below = self._overlay(board.on, finder, Path("build") / board.on.name) if board.on else None
        dtc = self._dtc()
        text = render(board, finder)
        compiled = compiler.compile_overlay(text.text, text.name, dtc)
        if compiled.blob is None and not board.targets:
            raise rejected(
                "board-format", f"{board.name} writes nothing", board.location, "add streams or nodes"
            )
        if compiled.blob is None:
            help = f"`dtgen render {board.name}` prints all of it, from {board.overlay.template}"
            raise Rejected(*(Locator(text.name, text).message(m, help) for m in compiled.errors))
        shown = layout.display(directory / text.name)
        locator = Locator(shown, text, places.positions(text.text, shown, dtc))
        overlay = Overlay.of(blob.read(compiled.blob, f"{board.overlay.name}.dtbo"))
        lost = tuple(run(rules.SOURCE, CompiledSource(shown, text.text, overlay)))
        if lost:
            raise Rejected(*map(locator.line, lost))
        return BuiltOverlay(text, overlay, compiled.blob, locator, board, below)

    def _bases(self, board: Board, finder: Finder, given: tuple[Path, ...]) -> Bases:
        if given:
            return self.reader.bases(given)
        check_dots(board, self.kernel)
        own = any(base.is_own for base in board.bases)
        if own or (self.kernel and not _has_only_builtin(board, finder)):
            progress = partial(self.progress, "compiling bases")
            return of_board(board, self.reader, self._dtc(), compiler.find_cpp(), progress)
        return lean(board, finder, self._dtc())

    @property
    def reader(self) -> Reader:
        """Of the files that are bases."""
        return Reader(self.cache, self.kernel, self.include)

    def _drift(self, board: Board, finder: Finder, request: BuildRequest) -> Iterator[str]:
        if request.bases:
            return
        if self.kernel and _has_only_builtin(board, finder):
            yield f"{board.name} names no board of a kernel tree: it is built on the built-in base"
        yield from drift(board, self.kernel) if self.kernel else left_out(board)

    def _base(
        self,
        board: Board,
        finder: Finder,
        base: Base,
        built: BuiltOverlay,
        inspector: Inspector,
        output: Path,
        others: Sequence[Board],
    ) -> tuple[BaseResult, bytes | None, set[Allowance]]:
        """Apply, compare and validate.

        With the merged blob, None where the overlay does not fit, and the entries of `allow:` that were used.
        """
        started = time.monotonic()
        file = base.tree.file
        try:
            _check_fits(board, base)
            tables = symbols.tables(board, finder)
            taken_labels.refuse(board, base.tree)
            layers = (*built.lower, built)
            include = self.reader.searched(self.symbols) if self.symbols else ()
            overlays = tuple(layer.overlay for layer in layers)
            labelled = symbols.complete(base, overlays, self.symbols, tables, include)
            stack = application.apply(
                labelled.base.tree,
                labelled.base.blob,
                [
                    Layer(layer.overlay, layer.blob, tuple(layer.board.data.get("constants", ())))
                    for layer in layers
                ],
                partial(_at_layer, layers),
                labelled.beside(self.kernel),
            )
        except Rejected as refusal:
            return BaseResult.refused(base.name, file, refusal.diagnostics, _left_there(output)), None, set()
        step = stack.steps[-1]
        merged, beneath = step.merged, labelled.base
        if step.earlier:
            below = step.earlier[-1].merged
            beneath = dataclasses.replace(beneath, tree=below.tree, blob=below.blob)
        written = ((merged, built.locator),)
        streamless = _streamless(board, merged)
        assessment = assess(beneath, merged, written, inspector, board.pas_at_el2, streamless)
        placed = ((step, built.locator),)
        assessment = application.remarked(assessment, placed, self.severities, board.location)
        assessment, used = allow.allowed(assessment, board.allow, merged.tree.symbols)
        assessment = known_streams.helped(assessment, merged.tree.symbols, lambda: others)
        assessment = removed.blamed(assessment, board, merged.tree.symbols)
        data = merged.blob if base.tree.symbols else blob.without_symbols(merged.blob)
        result = BaseResult(
            base.name,
            file,
            layout.display(output),
            tuple(diff.changes(merged.base, merged.tree)),
            assessment,
            labelled.notes,
            time.monotonic() - started,
            view.of_stack(stack, base, layout.display(output), data) if self.viewed else None,
        )
        return result, data, used

    def _of_description(
        self,
        board: Board,
        others: tuple[Board, ...],
        used: set[Allowance],
        results: list[BaseResult],
        labels: frozenset[str],
    ) -> Iterator[Diagnostic]:
        """What is to be said of the description, whatever it is built on."""
        introduced = (diagnostic for result in results for diagnostic in result.assessment.introduced)
        around = {
            place: prop.location
            for target in board.targets
            for node in target.walk()
            for prop in node.properties
            for place in prop.mentions.values()
        }
        wrong = {
            around.get(d.location, d.location)
            for d in introduced
            if d.severity is not Severity.INFO and not d.allowed
        }
        complete = all(result.applied for result in results)
        if self.kernel is None:
            # what comes with dtgen is for the boards that it names, which are not here
            used = used.union(entry for entry in board.allow if layout.is_builtin(Path(entry.location.file)))
        found = self._said_of(Described(board, others))
        found, more = allow.marked(found, board.allow)
        if complete:
            # last, for what is found here may be allowed, too
            described = Described(board, others, frozenset(used | more), labels)
            found = (*found, *self._said_of(described, unused_allow.ID))
        for diagnostic in found:
            # a stream that is wrong differs from those of others, of course
            follows = diagnostic.rule in _COMPARED and diagnostic.location in wrong
            yield dataclasses.replace(diagnostic, follows=follows)

    def _said_of(self, described: Described, rule: str = "") -> tuple[Diagnostic, ...]:
        """What the rules for descriptions find, or one of them."""
        found = map(as_written, run(rules.DESCRIPTION, described, self.severities))
        return tuple(diagnostic for diagnostic in found if rule in ("", diagnostic.rule))

    def _dtc(self) -> Tool:
        return compiler.find_dtc(self.kernel.root if self.kernel else None)

    def _bindings_of(self, board: Board) -> Bindings:
        legacy = board.legacy
        if legacy not in self._loaded:
            given = self.bindings or (self.kernel.bindings if self.kernel else None)
            self._loaded[legacy] = choose(given, self.cache, self.progress, self.way, legacy=legacy)
        return self._loaded[legacy]


def rendered(name: str, finder: Finder) -> str:
    """The overlay's source. Raises: Rejected, ToolError."""
    finder = finder.of_board(name)
    return render(load(name, finder), finder).text


def _refused(base: RefusedBase) -> BaseResult:
    return BaseResult.refused(base.name, base.file, base.diagnostics)


def _has_only_builtin(board: Board, finder: Finder) -> bool:
    """Whether no kernel tree has a base of it, as far as its description knows."""
    return not board.bases and finder.lean_base(board.ancestry) is not None


def _left_there(output: Path) -> tuple[str, ...]:
    """A merged blob of an earlier build is not taken away, but nobody should boot it by mistake."""
    shown = layout.display(output)
    return (f"{shown} is of an earlier build and was left there",) if output.exists() else ()


def _check_fits(board: Board, base: Base) -> None:
    compatible = base.tree.root.compatible
    if set(compatible).isdisjoint(board.compatible):
        theirs = ", ".join(compatible) or "a board without a compatible"
        help = f"it is for {theirs}: give a base of the same SoC, or add its compatible to the description"
        if meant := _meant(board.compatible, compatible):
            help = f"did you mean {meant}?"
        message = f"the base is not for {' or '.join(board.compatible)}"
        raise rejected("wrong-base", message, board.compatible_location, help)


def _meant(written: Sequence[str], known: Sequence[str]) -> str | None:
    """A compatible with a letter too few or too many; another digit is another SoC."""
    for name in written:
        for near in near_names(name, known, 1, 0.9):
            if len(near) != len(name):
                return near
    return None


def _at_layer(layers: Sequence[BuiltOverlay], layer: Layer, reason: Observation) -> Diagnostic:
    """What keeps one of the overlays from being applied, at its own description's line."""
    built = next(built for built in layers if built.overlay is layer.overlay)
    return built.locator.overlay(reason, built.board.location)


def _streamless(board: Board, merged: Merged) -> dict[str, str]:
    """Path to the reason, of what the description says to have no stream."""
    symbols = merged.tree.symbols
    return {
        symbols.get(entry.at, entry.at): f"{entry.why} ({entry.source})" for entry in board.without_stream
    }


def _variants(board: Board, others: Iterable[Board], base: Base) -> Iterator[str]:
    """That another description, for other firmware, names this base, too."""
    for other in others:
        names = {source.name for source in other.bases}
        if None in (board.pas_at_el2, other.pas_at_el2) or other.pas_at_el2 == board.pas_at_el2:
            continue
        if board.name in other.lineage and base.name in names:
            served = "serves" if other.pas_at_el2 else "does not serve"
            source = f" ({other.firmware_source})" if other.firmware_source else ""
            yield (
                f"{other.name} names {base.name}, too: it is for firmware that {served} PAS at EL2{source}; "
                f"if the board has such firmware, run `dtgen build {other.name}`"
            )


def _board_notes(board: Board) -> Iterator[str]:
    if board.legacy:
        yield (
            f"{board.name} asks for the legacy profile: qcom,devmem was proposed in October 2024 "
            "and dropped; no released kernel reads it"
        )
