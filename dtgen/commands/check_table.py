"""A table of a loader or a build: what its rules say, and what each of its stacks introduces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path

from dtgen import rules
from dtgen.checks import application
from dtgen.checks.findings import Severities, run
from dtgen.checks.introduced import assess
from dtgen.checks.location import Locator, as_written
from dtgen.checks.stacks import Prover
from dtgen.checks.tree import Inspector
from dtgen.delivery import forms
from dtgen.delivery.stacks import Delivery, Found, Proof
from dtgen.delivery.table import Table
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.dts import compiler
from dtgen.dts.preprocessed import Preprocessed
from dtgen.errors import Rejected
from dtgen.overlay.base import Base
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass
from dtgen.results import TreeResult

_METADATA = ("qcom-metadata.dts", "qcom-metadata.dtb")
"""What is looked for beside a table."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a table."""

    diagnostics: tuple[Diagnostic, ...]
    """Of the table itself."""
    trees: tuple[TreeResult, ...] = ()
    """Of each different stack with overlays."""
    notes: tuple[str, ...] = ()


@dataclass
class TableChecker:
    """What tables are checked with."""

    prover: Prover
    inspector: Inspector
    severities: Severities
    pas_at_el2: bool | None = None
    """Of stacks that are for EL2."""
    seen: set[tuple[bytes, ...]] = field(default_factory=set)
    """The stacks, as blobs, that were looked at already."""
    _locators: dict[str, Locator] = field(default_factory=dict)

    @property
    def kernel(self) -> KernelTree | None:
        return self.prover.shelf.tree

    def check(self, file: Path, metadata: Path | None = None) -> Outcome:
        """Raises: ToolError. `metadata`: of qcom-metadata, a source or a blob; None for what lies beside."""
        shown = layout.display(file)
        data = files.read(file, forms.limit(file))
        reader = forms.reader_of(file, data)
        assert reader, f"{shown} is not a table"
        try:
            table = forms.read(reader, data, shown)
            names = _metadata(table, file, metadata)
        except Rejected as refusal:
            return Outcome(refusal.diagnostics)
        return self.of(self.prover.prove(table, names))

    def of(self, delivery: Delivery) -> Outcome:
        """Of a table that was read. Raises: ToolError."""
        found = [as_written(observation) for observation in run(rules.DELIVERY, delivery, self.severities)]
        broken = dict.fromkeys(diagnostic for proof in delivery.proofs for diagnostic in proof.broken)
        notes: tuple[str, ...] = ()
        if delivery.metadata is None and delivery.table.form.by_compatible:
            notes = ("there is no qcom-metadata.dts beside it: suffixes of compatibles were not looked up",)
        diagnostics = sorted((*found, *broken), key=lambda diagnostic: diagnostic.sort_key)
        return Outcome(tuple(diagnostics), tuple(self._stacks(delivery)), notes)

    def _stacks(self, delivery: Delivery) -> Iterator[TreeResult]:
        for proof in delivery.proofs:
            key = tuple(found.data for found in proof.pieces if found)
            if proof.stack and key not in self.seen:
                self.seen.add(key)
                pas_at_el2 = self.pas_at_el2 if delivery.says_el2(proof) else None
                yield self._stack(delivery.table, proof, pas_at_el2)

    def _stack(self, table: Table, proof: Proof, pas_at_el2: bool | None) -> TreeResult:
        started = time.monotonic()
        base, *overlays = [found for found in proof.pieces if found]
        stack = proof.stack
        assert stack
        locators = [self._locator(found) for found in overlays]
        layers = tuple(zip((step.merged for step in stack.steps), locators, strict=True))
        root = Base(Path(base.file).stem, base.data, base.tree, base.source, self.kernel)
        found = assess(root, stack.merged, layers, self.inspector, pas_at_el2)
        steps = zip(stack.steps, locators, strict=True)
        found = application.remarked(found, steps, self.severities)
        # what is for information is about the overlay, and said where that is checked
        said = (d for d in found.introduced if d.severity is not Severity.INFO)
        introduced = sorted(said, key=lambda diagnostic: diagnostic.sort_key)
        assessment = replace(found, introduced=tuple(introduced))
        name = " + ".join(piece.name.rpartition("/")[2] for piece in proof.configuration.pieces)
        return TreeResult(table.file, name, assessment, True, time.monotonic() - started)

    def _locator(self, found: Found) -> Locator:
        """Where an overlay's places stand; its file alone where there is no source."""
        if found.file not in self._locators:
            source = (
                Preprocessed.of(found.source, self.kernel.include) if found.source and self.kernel else None
            )
            dtc = compiler.find_dtc(self.kernel.root if self.kernel else None)
            positions = source.positions(dtc) if source else {}
            self._locators[found.file] = Locator(found.file, None, positions)
        return self._locators[found.file]


def _metadata(table: Table, file: Path, given: Path | None) -> frozenset[str] | None:
    """What suffixes may name: of the file that is given, else of the image, else of what lies beside."""
    if not table.form.by_compatible:
        return None
    places = [given] if given else [file.absolute().parent / name for name in _METADATA]
    place = next((place for place in places if given or place.is_file()), None)
    embedded = forms.embedded_metadata(table)
    if embedded is not None and not given:
        return embedded
    return forms.metadata_of(files.read(place, forms.limit(place)), layout.display(place)) if place else None
