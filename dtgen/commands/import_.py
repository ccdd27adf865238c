"""`dtgen import`: an overlay in, a description of it out, once it is proven that both do the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from dtgen import rules
from dtgen.checks import application
from dtgen.checks.findings import run
from dtgen.checks.given import Reader, instead
from dtgen.checks.location import Locator
from dtgen.commands.import_origin import origin
from dtgen.commands.new_file import NewDescription, check_name
from dtgen.description import board as boards
from dtgen.description import schema, yaml
from dtgen.description.importing import document, header, obstacles, proof
from dtgen.description.importing import source as sources
from dtgen.description.importing.obstacles import Imported
from dtgen.description.importing.overlay import About, Draft, draft
from dtgen.description.importing.source import WrittenSource
from dtgen.description.render import render
from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler, order, syntax
from dtgen.dts.order import Unit
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.overlay.base import Base
from dtgen.overlay.stack import Layer
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass

_SOURCES = (".dtso", ".dts")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")
_MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be imported."""

    overlay: Path
    """A source or a blob."""
    name: str | None = None
    """Of the description; None: the file's."""
    base: Path | None = None
    """What the overlay is for: where paths get labels from, and where the proof is made, too."""
    kernel: Path | None = None
    """Where sources include from; None: the tree that the overlay lies in."""
    include: tuple[Path, ...] = ()
    pas_at_el2: bool | None = None
    """None where it is not known."""


def import_(request: ImportRequest, finder: Finder, cache: Path) -> NewDescription:
    """Raises: Rejected with all that no description can say, or with what differs; ToolError."""
    if request.overlay.is_dir():
        raise ToolError(f"{layout.display(request.overlay)} is a directory", "give an overlay")
    stem, shown = request.overlay.stem, layout.display(request.overlay)
    name = request.name or _NOT_IN_NAMES.sub("-", stem.lower()).strip("-_")
    check_name(name or stem, "give one with --name:")
    kernel = KernelTree.at(request.kernel) if request.kernel else KernelTree.around(request.overlay)
    reader = Reader(cache, kernel, request.include)
    try:
        overlay = reader.overlay(request.overlay)
    except Rejected as refusal:
        raise instead(refusal, f"describe it: dtgen new NAME --base {shown}") from refusal
    source = _source(request.overlay, kernel, request.include)
    _refuse(Imported(overlay.layer.overlay, source), overlay.locator)
    base = reader.base(request.base) if request.base else None
    about = About(
        name,
        stem,
        header.parse(source.head),
        origin(request.overlay, kernel),
        request.pas_at_el2,
    )
    found = draft(overlay.layer.overlay, source, about, base.tree if base else None)
    text = document.text(found.data, f"Imported from {about.origin}")
    _prove(overlay.layer, found, text, base, finder, Location(shown))
    proof_on = f", on {base.tree.file} too" if base else ""
    return NewDescription(about.name, text, f"its overlay is equal to {shown}{proof_on}", found.notes)


def _refuse(imported: Imported, locator: Locator) -> None:
    found = tuple(run(rules.IMPORT, imported))
    if found:
        raise Rejected(*(locator.overlay(observation, Location(locator.file)) for observation in found))


def _source(file: Path, kernel: KernelTree | None, more: Sequence[Path]) -> WrittenSource:
    if file.suffix not in _SOURCES:
        return WrittenSource()
    include = (*more, *(kernel.include if kernel else ()))
    return sources.read(file, include, compiler.find_dtc(kernel.root if kernel else None))


def _prove(given: Layer, found: Draft, text: str, base: Base | None, finder: Finder, place: Location) -> None:
    """Render and compile the description. Raises: Rejected where its overlay is another one."""
    read = yaml.parse(text, f"{place.file} as a description")
    filled = yaml.Document(_filled(read.data), read.locations)
    schema.check(filled)
    board = boards.of_document(filled, (filled.data["name"],))
    rendered = render(board, finder)
    compiled = compiler.compile_overlay(rendered.text, rendered.name, compiler.find_dtc())
    data = compiled.required()
    made = Overlay.of(blob.read(data, rendered.name))
    symbols: Mapping[str, str] = base.tree.symbols if base else {}
    one, other = (proof.Content.of(overlay.tree, symbols) for overlay in (given.overlay, made))
    if unequal := list(proof.differences(one, other)):
        raise Rejected(*_unequal(unequal, place))
    if base is None:
        clash = next(filter(None, (_order_counts(rendered.text, targets) for targets in found.orders)), "")
        if clash:
            message = f"{clash} could be one node, and both write a property of it: their order counts"
            help = "blocks are written in the order of their names; say with --base which nodes these are"
            raise rejected(obstacles.RULE, message, place, help)
        return
    applied = application.apply(base.tree, base.blob, (given,)).tree
    try:
        described = application.apply(base.tree, base.blob, (Layer(made, data),)).tree
    except Rejected as refused:
        # what is refused there is the order in which a description writes its blocks
        raise Rejected(*_unequal([finding.message for finding in refused.diagnostics], place)) from refused
    changes = [f"{change.name}: {change.property}" for change in diff.changes(applied, described)]
    if changes:
        raise Rejected(*_unequal(changes, place))


def _unequal(differences: Sequence[str], place: Location) -> Iterator[Diagnostic]:
    for difference in differences[:_MAX_SHOWN]:
        yield Diagnostic(
            obstacles.RULE, Severity.ERROR, f"not the same as a description: {difference}", place
        )
    if len(differences) > _MAX_SHOWN:
        more = f"{len(differences) - _MAX_SHOWN} more differences"
        yield Diagnostic(obstacles.RULE, Severity.ERROR, more, place)


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """With something in the open places that the overlay does not hang on."""
    return {
        **data,
        "compatible": data["compatible"] if isinstance(data["compatible"], list) else ["open"],
        "firmware": {
            **data["firmware"],
            **({"pas_at_el2": True} if "pas_at_el2" in data["firmware"] else {}),
        },
    }


def _order_counts(text: str, targets: Sequence[str]) -> str:
    """The blocks that may not change places, of the description's and the overlay's order; else empty."""
    run = [
        unit for unit in order.units(syntax.parse(text)) if isinstance(unit, Unit) and unit.block.reference
    ]
    places = {unit.block.reference: place for place, unit in enumerate(run)}
    given = [places[target] for target in targets if target in places]
    for first, second in combinations(given, 2):
        if first > second and order.bound(run[first].block, run[second].block):
            return " and ".join(run[place].block.head[-1].text for place in (first, second))
    return ""
