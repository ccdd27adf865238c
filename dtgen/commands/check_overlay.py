"""An overlay that somebody wrote: compiled, applied to each of its bases, and what it introduces there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dtgen import rules
from dtgen.checks import application
from dtgen.checks.findings import Severities, run
from dtgen.checks.introduced import assess
from dtgen.checks.location import Locator, as_written
from dtgen.checks.source import mistake
from dtgen.checks.tree import Inspector
from dtgen.commands.check_bases import Target
from dtgen.commands.stacked_base import BaseFiles, from_stack
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler
from dtgen.dts.preprocessed import Preprocessed
from dtgen.dts.scan import scan
from dtgen.dts.source import CompiledSource, Source
from dtgen.errors import Rejected, rejected
from dtgen.overlay import symbols
from dtgen.overlay.committed import Committed
from dtgen.overlay.stack import Layer
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.results import Assessment, TreeResult

_SOURCE = (".dtso", ".dts")


@dataclass(frozen=True, slots=True)
class Written:
    """An overlay, and where each of its places stands."""

    layer: Layer
    locator: Locator
    warnings: tuple[Diagnostic, ...] = ()
    """dtc's, of the overlay alone: it does not see the nodes around it, and some are false."""


def read(file: Path, target: Target) -> Written:
    """A source or a blob. Raises: Rejected with all that is wrong, ToolError."""
    shown = layout.display(file)
    if file.suffix in _SOURCE:
        return _compiled(file, shown, target)
    layer = _layer(files.read(file, blob.MAX_SIZE), shown)
    locator = Locator(shown)
    if found := tuple(run(rules.OVERLAY, layer.overlay)):
        raise Rejected(*(locator.overlay(observation, Location(shown)) for observation in found))
    return Written(layer, locator)


def _layer(data: bytes, shown: str) -> Layer:
    return Layer(Overlay.of(blob.read_one(data, shown)), data)


def _compiled(file: Path, shown: str, target: Target) -> Written:
    kernel = target.kernel
    include = (*target.include, *(kernel.include if kernel else ()))
    source = Preprocessed.of(file, include)
    text = source.whole
    if not scan(text).plugin:
        raise rejected(
            "no-overlay",
            "/plugin/; is missing: without it dtc makes a tree of this, and not an overlay",
            Location(shown, _line_of(files.read(file, blob.MAX_SIZE).decode("utf-8", "replace"), "/dts-v1/")),
            "write /plugin/; in the line after /dts-v1/;",
        )
    dtc = compiler.find_dtc(kernel.root if kernel else None)
    compiled = source.overlay(dtc)
    if compiled.blob is None:
        raise Rejected(*(mistake(message, include) for message in compiled.errors))
    layer = _layer(compiled.blob, shown)
    written = CompiledSource(shown, text, layer.overlay)
    positions = dict(source.positions(dtc))
    # which dtc says nothing of
    if reservations := written.scan.reservations:
        positions["/memreserve/", None] = written.place(reservations[0].line)
    locator = Locator(shown, None, positions)
    if lost := tuple(run(rules.SOURCE, written)):
        raise Rejected(*map(locator.line, lost))
    return Written(layer, locator, tuple(map(locator.message, compiled.messages)))


def _line_of(text: str, wanted: str) -> int:
    return text.count("\n", 0, max(text.find(wanted), 0)) + 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an overlay."""

    diagnostics: tuple[Diagnostic, ...]
    """Of the overlay itself."""
    trees: tuple[TreeResult, ...] = ()
    """On each of its bases."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applier:
    """What overlays are applied and looked at with."""

    inspector: Inspector
    finder: Finder
    cache: Path
    severities: Severities

    def check(self, file: Path, target: Target) -> Outcome:
        """What is wrong with the overlay itself, and on each of its bases. Raises: ToolError."""
        try:
            written = read(file, target)
        except Rejected as refusal:
            return Outcome(refusal.diagnostics)
        own = tuple(self._reviewed(file, target.pas_at_el2 is not None))
        if not target.bases:
            return Outcome((*own, *self._baseless(file, target), *written.warnings))
        notes: list[str] = []
        trees = tuple(self._on_base(written, base, target, notes) for base in target.bases)
        return Outcome(own, trees, tuple(notes))

    def _reviewed(self, file: Path, for_el2: bool) -> Iterator[Diagnostic]:
        if file.suffix not in _SOURCE:
            return
        text = files.read(file, blob.MAX_SIZE).decode("utf-8", "replace")
        found = run(rules.REVIEW, Source(layout.display(file), text, for_el2), self.severities)
        yield from sorted(map(as_written, found), key=lambda diagnostic: diagnostic.sort_key)

    def _baseless(self, file: Path, target: Target) -> Iterator[Diagnostic]:
        committed = Committed(layout.display(file), bases_known=target.known)
        return map(as_written, run(rules.REPOSITORY, committed, self.severities))

    def _on_base(self, written: Written, wanted: BaseFiles, target: Target, notes: list[str]) -> TreeResult:
        started = time.monotonic()
        file, against = written.layer.file, " + ".join(map(layout.display, (wanted.file, *wanted.overlays)))
        try:
            assessment = self._assessed(written, wanted, target, notes)
        except Rejected as refusal:
            return TreeResult(file, against, Assessment(refusal.diagnostics), False, 0.0)
        except files.Unreadable as error:
            return TreeResult(file, against, Assessment(error.refusal().diagnostics), False, 0.0)
        return TreeResult(file, against, assessment, True, time.monotonic() - started)

    def _assessed(self, written: Written, wanted: BaseFiles, target: Target, notes: list[str]) -> Assessment:
        layer, locator = written.layer, written.locator
        missing = next((file for file in (wanted.file, *wanted.overlays) if not file.exists()), None)
        if missing and wanted.named:
            message = f"there is no {layout.display(missing)}, which {layer.file} is applied to"
            raise rejected("missing-base", message, wanted.named)
        base = from_stack(wanted, target.kernel, self.cache, target.include)
        tables = symbols.tables_for(base.tree, self.finder)
        labelled = symbols.complete(base, (layer.overlay,), target.symbols, tables)
        notes += labelled.notes
        first = min(
            locator.positions.values(), key=lambda place: place.line or 0, default=Location(layer.file)
        )
        stack = application.apply(
            labelled.base.tree,
            labelled.base.blob,
            (layer,),
            lambda _, reason: locator.overlay(reason, first),
            labelled.beside(target.kernel),
        )
        layers = ((stack.merged, locator),)
        found = assess(labelled.base, stack.merged, layers, self.inspector, target.pas_at_el2)
        remarks = application.placed_remarks(((stack.steps[0], locator),), self.severities)
        introduced = (*remarks, *found.introduced)
        return dataclasses.replace(
            found, introduced=tuple(sorted(introduced, key=lambda diagnostic: diagnostic.sort_key))
        )
