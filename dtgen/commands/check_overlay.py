"""An overlay that somebody wrote: compiled, applied to each of its bases, and what it introduces there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dtgen import rules
from dtgen.checks import allow, application
from dtgen.checks.findings import Severities, run
from dtgen.checks.given import SOURCES, Reader, Written, instead
from dtgen.checks.introduced import assess
from dtgen.checks.location import as_written
from dtgen.checks.tree import Inspector
from dtgen.commands import known_streams
from dtgen.commands.check_bases import Target
from dtgen.commands.stacked_base import BaseFiles, above, from_stack
from dtgen.description import lookup
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts.source import Source
from dtgen.errors import Rejected, rejected
from dtgen.overlay import symbols
from dtgen.overlay.committed import Committed
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.project.settings import NAMES, AllowedFinding
from dtgen.records import dataclass
from dtgen.results import Assessment, TreeResult
from dtgen.rules import unknown_label, unsorted_labels


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
    allow: tuple[AllowedFinding, ...] = ()
    """What the project allows in the overlay."""

    def check(self, file: Path, target: Target) -> Outcome:
        """What is wrong with the overlay itself, and on each of its bases. Raises: ToolError."""
        try:
            written = self._reader(target).overlay(file)
        except Rejected as refusal:
            renamed = layout.display(file.with_suffix(".dtb"))
            return Outcome(instead(refusal, f"rename it to {renamed}: overlays are .dtbo").diagnostics)
        own = tuple(self._reviewed(file, target))
        if not target.bases:
            return Outcome((*own, *self._baseless(file, target), *written.warnings))
        notes: list[str] = []
        trees = tuple(self._on_base(written, base, target, notes) for base in target.bases)
        if any(d.rule == unknown_label.ID for tree in trees for d in tree.assessment.introduced):
            # a misspelt label has no place in the order, and moving its block mends nothing
            own = tuple(dataclasses.replace(d, follows=d.rule == unsorted_labels.ID) for d in own)
        return Outcome(own, trees, tuple(notes))

    def _reader(self, target: Target) -> Reader:
        return Reader(self.cache, target.kernel, target.include)

    def _reviewed(self, file: Path, target: Target) -> Iterator[Diagnostic]:
        if file.suffix not in SOURCES:
            return
        text = files.read(file, blob.MAX_SIZE).decode("utf-8", "replace")
        include = (*target.include, *((target.kernel.root, *target.kernel.include) if target.kernel else ()))
        source = Source(layout.display(file), text, target.pas_at_el2 is not None, include)
        found = run(rules.REVIEW, source, self.severities)
        yield from sorted(map(as_written, found), key=lambda diagnostic: diagnostic.sort_key)

    def _baseless(self, file: Path, target: Target) -> Iterator[Diagnostic]:
        committed = Committed(layout.display(file), named=target.named, bases_known=target.known)
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
            near = files.near(missing)
            is_other = near and near not in (wanted.file, *wanted.overlays)
            help = f"did you mean {_as_named(near, wanted.named)}?" if near and is_other else ""
            raise rejected("missing-base", message, wanted.named, help)
        reader = self._reader(target)
        later = above(wanted, reader)
        try:
            base = from_stack(wanted, reader, (layer, *later))
        except Rejected as refusal:
            if not (wanted.named and refusal.diagnostics[0].rule == "wrong-base"):
                raise
            raise _not_a_base(wanted.file, wanted.named, target) from refusal
        tables = symbols.tables_for(base.tree, self.finder)
        include = reader.searched(target.symbols) if target.symbols else ()
        labelled = symbols.complete(base, (layer.overlay,), target.symbols, tables, include)
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
            later,
        )
        layers = ((stack.merged, locator),)
        found = assess(labelled.base, stack.merged, layers, self.inspector, target.pas_at_el2)
        found = application.remarked(found, ((stack.steps[0], locator),), self.severities)
        known = partial(lookup.of_soc, base.tree.root.compatible, self.finder)
        found = known_streams.helped(found, stack.merged.tree.symbols, known)
        introduced = tuple(sorted(found.introduced, key=lambda diagnostic: diagnostic.sort_key))
        found = dataclasses.replace(found, introduced=introduced)
        return allow.allowed(found, self.allow, stack.merged.tree.symbols)[0]


def _not_a_base(overlay: Path, named: Location, target: Target) -> Rejected:
    """Of an overlay that settings list as a base, beside the base that it is for."""
    message, help = f"{layout.display(overlay)} is an overlay, not a base", ""
    others = (base.file for base in target.bases if base.file.suffix in (".dtb", ".dts"))
    if Path(named.file).name in NAMES:
        base = _as_named(next(others, Path("BASE.dtb")), named)
        help = f'it comes after its base, in one list: bases = [["{base}", "{_as_named(overlay, named)}"]]'
    return rejected("wrong-base", message, named, help)


def _as_named(file: Path, named: Location) -> str:
    """As it is written beside where files are named."""
    directory = Path(named.file).absolute().parent
    return str(file.relative_to(directory)) if file.is_relative_to(directory) else str(file)
