"""`dtgen apply` and `dtgen diff`: blobs in, a merged blob or its differences out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dtgen import rules
from dtgen.checks import application
from dtgen.checks.findings import Observation, Severities, run
from dtgen.checks.location import placed
from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Location, Place, Subject, errors
from dtgen.dts.scan import scan
from dtgen.errors import Rejected, rejected
from dtgen.hardware.system import System
from dtgen.overlay.base import Base, from_files
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer, Stack
from dtgen.overlay.symbols import complete, tables_for
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.results import ApplyResult, DiffResult


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What is to be applied to what."""

    base: Path
    overlays: tuple[Path, ...]
    symbols: Path | None = None
    """A blob or a source with labels, or a kernel tree."""
    keep_symbols: bool = False
    """Whether the output keeps labels that the base did not have."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A stack that was applied, and what to tell of it."""

    base: Base
    stack: Stack
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


def differences(old: Path, new: Path, symbols: Path | None, finder: Finder) -> DiffResult:
    """How two blobs differ, or what an overlay would do to a base. Raises: ToolError."""
    names = layout.display(old), layout.display(new)
    trees: list[Tree] = []
    wrong: list[Diagnostic] = []
    for file, name in zip((old, new), names, strict=True):
        try:
            trees.append(blob.read_one(files.read(file, blob.MAX_SIZE), name))
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    if not wrong and trees[0].is_overlay and not trees[1].is_overlay:
        swapped = rejected(
            "wrong-base", "this is an overlay", Location(names[0]), "the order is: base, overlay"
        )
        wrong.extend(swapped.diagnostics)
    if wrong:
        return DiffResult(*names, (), tuple(wrong))
    if trees[1].is_overlay and not trees[0].is_overlay:
        try:
            stack = applied(ApplyRequest(old, (new,), symbols), finder, {}).stack
        except Rejected as refusal:
            return DiffResult(*names, (), refusal.diagnostics)
        trees = [stack.merged.base, stack.tree]
    return DiffResult(*names, tuple(diff.changes(*trees)))


def systems(tree: Path, against: Path | None) -> tuple[System, System | None]:
    """A blob, and what it was made from. Raises: Rejected where one is no tree; ToolError."""
    read = [_system(file) for file in (tree, against) if file]
    return read[0], read[1] if against else None


def _system(file: Path) -> System:
    found = from_files([file])
    if found.diagnostics:
        raise Rejected(*found.diagnostics)
    (base,) = found.available
    return System(Merged.unchanged(base.tree, base.blob))


def applied(request: ApplyRequest, finder: Finder, severities: Severities) -> Applied:
    """Apply, and write nothing. Raises: Rejected with all that is wrong, ToolError."""
    found = from_files([request.base])
    layers, wrong = _layers(request.overlays)
    if found.diagnostics or wrong:
        raise Rejected(*found.diagnostics, *wrong)
    (base,) = found.available
    overlays = [layer.overlay for layer in layers]
    labelled = complete(base, overlays, request.symbols, tables_for(base.tree, finder))
    kernel = KernelTree.at(request.symbols) if request.symbols and request.symbols.is_dir() else None
    stack = application.apply(
        labelled.base.tree, labelled.base.blob, layers, _in_layer, labelled.beside(kernel)
    )
    remarks = application.remarks(stack, severities)
    return Applied(
        base, stack, labelled.notes, tuple(_in_layer(step.layer, remark) for step, remark in remarks)
    )


def _layers(overlays: Sequence[Path]) -> tuple[list[Layer], list[Diagnostic]]:
    layers: list[Layer] = []
    wrong: list[Diagnostic] = []
    for file in overlays:
        data = files.read(file, blob.MAX_SIZE)
        shown = layout.display(file)
        try:
            if blob.is_source(data):
                raise _source_for_blob(shown, data.decode("utf-8", "replace"))
            layer = Layer(Overlay.of(blob.read_one(data, shown)), data)
            wrong.extend(_in_layer(layer, found) for found in run(rules.OVERLAY, layer.overlay))
            layers.append(layer)
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    return layers, wrong


def _source_for_blob(file: str, text: str) -> Rejected:
    help = f"compile it first: dtc -@ -I dts -O dtb -o {Path(file).stem}.dtbo {file}"
    if not scan(text).plugin:
        help += "; it lacks /plugin/; after /dts-v1/;, and without that it is no overlay"
    return rejected("malformed-blob", "this is an overlay's source, not its blob", Location(file), help)


def _in_layer(layer: Layer, observation: Observation) -> Diagnostic:
    subject, where = observation.finding.subject, Location(layer.file)
    return placed(observation, where, None if subject == Subject("/") else Place(subject, where))
