"""`dtgen apply` and `dtgen diff`: trees and overlays in, a merged blob or its differences out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dtgen.checks import application
from dtgen.checks.findings import Observation, Severities
from dtgen.checks.given import Reader, Written, in_blob
from dtgen.devicetree import blob, diff
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Location, errors
from dtgen.errors import Rejected, error
from dtgen.hardware.system import System
from dtgen.overlay.base import Base
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer, Stack, Step
from dtgen.overlay.symbols import complete, tables_for
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass
from dtgen.results import ApplyResult, DiffResult
from dtgen.rules import no_overlay


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What is to be applied to what."""

    base: Path
    overlays: tuple[Path, ...]
    reader: Reader
    symbols: Path | None = None
    """A blob or a source with labels, or a kernel tree."""
    keep_symbols: bool = False
    """Whether the output keeps labels that the base did not have."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A stack that was applied, and what to tell of it."""

    base: Base
    stack: Stack
    overlays: tuple[Written, ...]
    notes: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def apply(request: ApplyRequest, output: Path, finder: Finder, severities: Severities) -> ApplyResult:
    """Apply and write; nothing is written where something is wrong. Raises: ToolError."""
    given = (request.base, *request.overlays, *((request.symbols,) if request.symbols else ()))
    files.keep_inputs((output,), given)
    names = tuple(map(layout.display, request.overlays))
    try:
        found = applied(request, finder, severities)
    except Rejected as refusal:
        return ApplyResult(layout.display(request.base), names, None, (), refusal.diagnostics, ())
    if errors(found.diagnostics):
        return ApplyResult(found.base.tree.file, names, None, (), found.diagnostics, found.notes)
    data = found.stack.blob
    if not found.base.tree.symbols and not request.keep_symbols:
        data = blob.without_symbols(data)
    files.write_output(output, data)
    changes = tuple(diff.changes(found.stack.merged.base, found.stack.tree))
    return ApplyResult(
        found.base.tree.file, names, layout.display(output), changes, found.diagnostics, found.notes
    )


def differences(old: Path, new: Path, symbols: Path | None, finder: Finder, reader: Reader) -> DiffResult:
    """How two trees differ, or what an overlay would do to a base. Raises: ToolError."""
    names = layout.display(old), layout.display(new)
    trees: list[Tree] = []
    wrong: list[Diagnostic] = []
    for file, name in zip((old, new), names, strict=True):
        try:
            trees.append(blob.read_one(reader.blob(file), name))
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    if not wrong and trees[0].is_overlay and not trees[1].is_overlay:
        wrong.append(_swapped(old, new))
    if wrong:
        return DiffResult(*names, (), tuple(wrong))
    if trees[1].is_overlay and not trees[0].is_overlay:
        try:
            stack = applied(ApplyRequest(old, (new,), reader, symbols), finder, {}).stack
        except Rejected as refusal:
            return DiffResult(*names, (), refusal.diagnostics)
        trees = [stack.merged.base, stack.tree]
    return DiffResult(*names, tuple(diff.changes(*trees)))


def systems(tree: Path, against: Path | None, reader: Reader) -> tuple[System, System | None]:
    """A tree, and what it was made from. Raises: Rejected where one is no tree; ToolError."""

    def system(file: Path) -> System:
        base = reader.base(file)
        return System(Merged.unchanged(base.tree, base.blob))

    return system(tree), system(against) if against else None


def _swapped(overlay: Path, base: Path) -> Diagnostic:
    """Of an overlay that was given for a base, and the base for it."""
    first, second = layout.display(overlay), layout.display(base)
    help = f"{second} is the base, {first} the overlay"
    return error("wrong-base", "base and overlay are swapped", Location(first), help)


def applied(request: ApplyRequest, finder: Finder, severities: Severities) -> Applied:
    """Apply, and write nothing. Raises: Rejected with all that is wrong, ToolError."""
    reader = request.reader
    found = reader.bases([request.base])
    written, wrong = _read(request.overlays, reader)
    refused = [*found.diagnostics, *wrong]
    if len(request.overlays) == 1 and [d.rule for d in refused] == ["wrong-base", no_overlay.ID]:
        is_base = refused[1].help == no_overlay.ORDER  # and not empty, or without /plugin/;
        refused = [_swapped(request.base, *request.overlays)] if is_base else refused
    if refused:
        raise Rejected(*refused)
    (base,) = found.available
    layers = [one.layer for one in written]
    overlays = [layer.overlay for layer in layers]
    symbols = request.symbols
    include = reader.searched(symbols) if symbols else ()
    labelled = complete(base, overlays, symbols, tables_for(base.tree, finder), include)
    kernel = KernelTree.at(symbols) if symbols and symbols.is_dir() else reader.kernel
    stack = application.apply(
        labelled.base.tree, labelled.base.blob, layers, partial(_at, written), labelled.beside(kernel)
    )
    steps = {id(step.layer): (one, step) for one, step in zip(written, stack.steps, strict=True)}
    remarks = application.remarks(stack, severities)
    diagnostics = tuple(_remark(*steps[id(step.layer)], remark) for step, remark in remarks)
    return Applied(base, stack, tuple(written), labelled.notes, diagnostics)


def _read(overlays: Sequence[Path], reader: Reader) -> tuple[list[Written], list[Diagnostic]]:
    read: list[Written] = []
    wrong: list[Diagnostic] = []
    for file in overlays:
        try:
            read.append(reader.overlay(file))
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    return read, wrong


def _at(written: Sequence[Written], layer: Layer, observation: Observation) -> Diagnostic:
    """Of a place of an overlay: at its source's line, where there is a source."""
    locator = next(one.locator for one in written if one.layer is layer)
    return (
        locator.overlay(observation, Location(layer.file))
        if locator.positions
        else in_blob(layer, observation)
    )


def _remark(written: Written, step: Step, observation: Observation) -> Diagnostic:
    """Of a place of the tree that an overlay was merged to."""
    locator = written.locator
    if not locator.positions:
        return in_blob(step.layer, observation)
    return locator.remark(observation, step.merged, Location(locator.file))
