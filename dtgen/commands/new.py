"""`dtgen new`: a base in, a description for Linux at EL2 out, with what only the hardware knows left open."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dtgen.checks import application
from dtgen.checks.given import Reader
from dtgen.commands.new_entries import Entries
from dtgen.commands.new_file import NewDescription, check_name
from dtgen.description import board as boards
from dtgen.description.board import Board
from dtgen.description.importing import document
from dtgen.description.importing.document import Open
from dtgen.description.lookup import of_soc
from dtgen.description.render import render
from dtgen.description.yaml import Document
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.symbols import borrow
from dtgen.devicetree.tree import Node, Tree
from dtgen.dts import compiler
from dtgen.errors import ToolError
from dtgen.hardware.system import System
from dtgen.overlay.base import Base
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer
from dtgen.overlay.symbols import complete, read_source, tables
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass

_KEYED = ("streams", "disable", "enable", "pcie", "firmware_children", "legacy")
"""The sections of a description whose entries are by target."""
_KNOWN = "how that is known: the vendor's release notes, a measurement"
_MAX_LINE = 200


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What a description is wanted for."""

    name: str
    base: Path
    """A blob or a source."""
    pas_at_el2: bool | None = None
    """None where nobody knows."""
    extends: str | None = None
    """None: the description of the base's SoC, where there is one."""
    alone: bool = False
    """Whether it is to extend none."""
    symbols: Path | None = None
    kernel: Path | None = None
    include: tuple[Path, ...] = ()


def new(request: NewRequest, finder: Finder, cache: Path) -> NewDescription:
    """Raises: ToolError, Rejected where the base or what is extended is wrong."""
    check_name(request.name, "use")
    kernel = KernelTree.at(request.kernel) if request.kernel else None
    base = Reader(cache, kernel, request.include).base(request.base)
    extended = None if request.alone else _extended(request, base.tree, finder)
    placed: Mapping[str, str] = {}
    if not base.tree.symbols:
        base, placed = _with_labels(base, request, extended, finder)
    if extended:
        data, notes = _extending(request, base, extended, finder)
    else:
        data, notes = _alone(request, base)
    used = placed.keys() & _words(data)
    if used:
        data["labels"] = {label: _placed(base.tree.nodes[placed[label]]) for label in sorted(used)}
    text = document.text(
        data, f"Made from {layout.display(request.base)}; see docs/board-format.md for the keys"
    )
    made = f"extends {extended.name}" if extended else "every node of the base that needs a word at EL2"
    return NewDescription(request.name, text, made, notes)


def _extended(request: NewRequest, tree: Tree, finder: Finder) -> Board | None:
    """What is asked for, or the description of the SoC that extends the least.

    Raises: Rejected, ToolError where what is asked for is wrong or of another SoC.
    """
    if request.extends:
        asked = boards.load(request.extends, finder)
        if not _is_of(asked, tree):
            raise ToolError(
                f"{tree.file} is for {', '.join(tree.root.compatible) or 'a board without a compatible'}; "
                f"{asked.name} is for {' or '.join(asked.compatible)}",
                "extend a description of its SoC, or none, with --alone",
            )
        return asked
    served = (False, True) if request.pas_at_el2 is None else (request.pas_at_el2,)
    others = of_soc(tree.root.compatible, finder)
    found = [board for board in others if board.pas_at_el2 in served and board.on is None]
    return min(found, key=lambda board: (len(board.lineage), board.name), default=None)


def _is_of(board: Board, tree: Tree) -> bool:
    return not set(board.compatible).isdisjoint(tree.root.compatible)


def _with_labels(
    base: Base, request: NewRequest, extended: Board | None, finder: Finder
) -> tuple[Base, Mapping[str, str]]:
    """The base with labels that it was compiled without, and where each of them is."""
    if request.symbols:
        sources = [read_source(request.symbols, base, base.include)]
    else:
        sources = list(tables(extended, finder)) if extended else []
    labels = dict.fromkeys(label for source in sources for label in source.symbols)
    paths = borrow(base.tree, labels, sources).paths
    if not paths:
        raise ToolError(
            f"{base.tree.file} has no labels (no __symbols__)",
            "say with --symbols where they are: a blob, a source or a kernel tree with this board",
        )
    data = blob.with_symbols(base.blob, paths)
    return dataclasses.replace(base, blob=data, tree=blob.read(data, base.tree.file)), paths


def _placed(node: Node) -> dict[str, Any]:
    """What `labels:` says of a node, so that no other is taken for it."""
    entry: dict[str, Any] = {"path": node.path}
    if node.compatible:
        entry["compatible"] = list(node.compatible)
    if reg := node.properties.get("reg"):
        entry["reg"] = list(reg.cells)
    return entry


def _words(data: Any) -> set[str]:
    """Every key and text of a description: the labels are among them."""
    if isinstance(data, Mapping):
        return set(data).union(*map(_words, data.values()))
    if isinstance(data, list | tuple):
        return set().union(*map(_words, data))
    return {data} if isinstance(data, str) else set()


def _alone(request: NewRequest, base: Base) -> tuple[dict[str, Any], tuple[str, ...]]:
    tree = base.tree
    # where nobody knows of PAS, what it would need is asked for
    system = System(Merged.unchanged(tree, base.blob), request.pas_at_el2 is not False)
    title = _title(tree, request.name)
    served = request.pas_at_el2
    asked = "true where TrustZone serves PAS to Linux at EL2, false where it does not"
    data: dict[str, Any] = {
        "name": request.name,
        "title": title,
        "compatible": list(tree.root.compatible[-1:]) or Open("what the root node has as compatible"),
        "firmware": {
            "pas_at_el2": Open(asked) if served is None else served,
            "source": Open(_KNOWN),
        },
        "overlay": {
            "name": f"{request.name}-el2",
            "suffix": "el2",
            "license": Open("SPDX expression; the kernel's overlays of the kind have BSD-3-Clause"),
            "summary": f"{title} specific modifications required to boot in EL2."[:_MAX_LINE],
        },
        **_bases(base),
        **Entries(system, siblings=True).gather(),
    }
    return data, ()


def _extending(
    request: NewRequest, base: Base, parent: Board, finder: Finder
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the base has not is taken away from the parent's description; what it has besides is added."""
    made = _overlay(parent, finder)
    labelled = complete(base, (made.overlay,), request.symbols, tables(parent, finder))
    known = labelled.base.tree.symbols
    absent = [label for label in made.overlay.fixups if label not in known]
    removed = {
        section: dict.fromkeys(label for label in parent.data.get(section) or {} if label in absent)
        for section in _KEYED
    }
    sections: dict[str, Any] = {name: entries for name, entries in removed.items() if entries}
    served = parent.pas_at_el2 if request.pas_at_el2 is None else request.pas_at_el2
    firmware = (
        {} if served == parent.pas_at_el2 else {"firmware": {"pas_at_el2": served, "source": Open(_KNOWN)}}
    )
    notes = [
        f"{base.tree.file} has no {label}: what {parent.name} writes there is taken away" for label in absent
    ]
    if sections:
        made = _overlay(_without(parent, removed), finder)
    if left := [label for label in made.overlay.fixups if label not in known]:
        notes.append(
            f"{parent.name} refers to {', '.join(left)} elsewhere, too: build it, and see what it needs"
        )
    else:
        for name, entries in _needed(labelled.base, made, served).items():
            sections[name] = {**sections.get(name, {}), **entries}
    own = {
        "name": request.name,
        "title": _title(base.tree, request.name),
        "extends": parent.name,
        **firmware,
        "overlay": {"name": f"{request.name}-el2"},
        **_bases(base, empty=True),
        **sections,
    }
    return own, tuple(notes)


def _overlay(board: Board, finder: Finder) -> Layer:
    """What the description gives. Raises: Rejected, ToolError."""
    source = render(board, finder)
    data = compiler.compile_overlay(source.text, source.name, compiler.find_dtc()).required()
    return Layer(Overlay.of(blob.read(data, source.name)), data)


def _without(board: Board, removed: Mapping[str, Mapping[str, None]]) -> Board:
    """The description without some entries of its sections."""
    data = dict(board.data)
    for section, entries in removed.items():
        kept = {target: entry for target, entry in (data.get(section) or {}).items() if target not in entries}
        data[section] = kept
    return boards.of_document(Document(data, {(): board.location}), board.lineage, board.on)


def _needed(base: Base, made: Layer, served: bool | None) -> Mapping[str, Any]:
    """What an overlay leaves open on this base. `served`: whether PAS is, at EL2.

    Raises: Rejected where the overlay does not fit.
    """
    merged = application.apply(base.tree, base.blob, (made,)).merged
    return Entries(System(merged, served), siblings=False).gather()


def _title(tree: Tree, name: str) -> str:
    return next(iter(tree.root.strings("model")), name)[:100]


def _bases(base: Base, empty: bool = False) -> dict[str, Any]:
    """The base by its source below the kernel's, or below the project."""
    source = base.source.absolute() if base.source else None
    if source and base.kernel and source.is_relative_to(base.kernel.sources.absolute()):
        return {"bases": [str(source.relative_to(base.kernel.sources.absolute()))]}
    project = layout.own_boards(Path.cwd()).parent.absolute()
    if source and source.is_relative_to(project):
        return {"bases": [f"./{source.relative_to(project)}"]}
    return {"bases": []} if empty else {}
