"""`dtgen apply` and `dtgen diff`: blobs in, a merged blob or its differences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject, errors
from dtgen.dts.scan import scan
from dtgen.errors import Rejected, rejected
from dtgen.hardware.system import System
from dtgen.overlay.base import Base, from_files
from dtgen.overlay.merge import Merged, NotApplicable
from dtgen.overlay.obstacles import Obstacle, no_overlay
from dtgen.overlay.stack import Layer, Stack, apply_stack
from dtgen.overlay.symbols import Labelled, complete, explained, tables_for
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.results import ApplyResult, DiffResult


@dataclass(frozen=True, slots=True)
class Request:
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


def apply(
    request: Request, output: Path, finder: Finder, severities: Mapping[str, Severity | None]
) -> ApplyResult:
    """Apply and write; nothing is written where something is wrong. Raises: ToolError."""
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
    files.write_atomically(output, data)
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
            trees.append(blob.read(files.read(file, blob.MAX_SIZE), name))
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
            stack = applied(Request(old, (new,), symbols), finder, {}).stack
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


def applied(request: Request, finder: Finder, severities: Mapping[str, Severity | None]) -> Applied:
    """Apply, and write nothing. Raises: Rejected with all that is wrong, ToolError."""
    found = from_files([request.base])
    layers, wrong = _layers(request.overlays)
    if found.diagnostics or wrong:
        raise Rejected(*found.diagnostics, *wrong)
    (base,) = found.available
    overlays = [layer.overlay for layer in layers]
    labelled = complete(base, overlays, request.symbols, tables_for(base.tree, finder))
    try:
        stack = apply_stack(labelled.base.tree, labelled.base.blob, layers)
    except NotApplicable as error:
        raise Rejected(*_obstacles(error, labelled, request.symbols)) from error
    return Applied(base, stack, labelled.notes, tuple(_remarks(stack, severities)))


def _layers(overlays: Sequence[Path]) -> tuple[list[Layer], list[Diagnostic]]:
    layers: list[Layer] = []
    wrong: list[Diagnostic] = []
    for file in overlays:
        data = files.read(file, blob.MAX_SIZE)
        shown = layout.display(file)
        try:
            if blob.is_source(data):
                raise _source_for_blob(shown, data.decode("utf-8", "replace"))
            layer = Layer(Overlay.of(blob.read(data, shown)), data)
            wrong.extend(_diagnostic(obstacle, shown) for obstacle in no_overlay(layer.overlay))
            layers.append(layer)
        except Rejected as refusal:
            wrong.extend(refusal.diagnostics)
    return layers, wrong


def _source_for_blob(file: str, text: str) -> Rejected:
    help = f"compile it first: dtc -@ -I dts -O dtb -o {Path(file).stem}.dtbo {file}"
    if not scan(text).plugin:
        help += "; it lacks /plugin/; after /dts-v1/;, and without that it is no overlay"
    return rejected("malformed-blob", "this is an overlay's source, not its blob", Location(file), help)


def _obstacles(error: NotApplicable, labelled: Labelled, symbols: Path | None) -> Iterator[Diagnostic]:
    kernel = KernelTree.at(symbols) if symbols and symbols.is_dir() else None
    for obstacle in explained(error.obstacles, labelled, kernel):
        yield _diagnostic(obstacle, error.file)


def _diagnostic(obstacle: Obstacle, file: str) -> Diagnostic:
    finding, where = obstacle.finding, Location(file)
    about = None if finding.subject == Subject("/") else Place(finding.subject, where)
    return Diagnostic(obstacle.rule, Severity.ERROR, finding.message, where, about, help=finding.help)


def _remarks(stack: Stack, severities: Mapping[str, Severity | None]) -> Iterator[Diagnostic]:
    for remark in stack.remarks:
        where = Location(remark.layer.file)
        about = None if remark.finding.subject == Subject("/") else Place(remark.finding.subject, where)
        severity = severities.get(remark.rule, remark.severity)
        if severity:
            finding = remark.finding
            yield Diagnostic(remark.rule, severity, finding.message, where, about, help=finding.help)
