"""A board description: YAML to Board, checked against the schema; every entry keeps its line."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from dtgen.description import contradictions, keys, open_places, yaml
from dtgen.description.removals import Removal, VainRemoval, removed, vain
from dtgen.description.schema import RULE, check
from dtgen.description.values import PropertySource, Target
from dtgen.description.yaml import Document
from dtgen.diagnostics import Location
from dtgen.errors import ToolError, rejected
from dtgen.project import layout
from dtgen.records import dataclass

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""Of a board. Source: board.schema.json."""
DEFAULT_TEMPLATE = "overlay.dtso.j2"


@dataclass(frozen=True, slots=True)
class OverlayHeader:
    """The generated files' names and their first lines."""

    name: str
    suffix: str
    template: str
    license: str
    copyright: tuple[str, ...]
    summary: str
    root: tuple[PropertySource, ...]
    """Of the overlay's own root node, which is never applied."""
    location: Location
    """Of the template's name, or of the header where it is not given."""


@dataclass(frozen=True, slots=True)
class BaseSource:
    """A base by its sources, with overlays that come first.

    A path is relative to the kernel's `arch/arm64/boot/dts`, or to the project where it begins with a dot.
    """

    name: str
    dts: str
    overlays: tuple[str, ...]
    location: Location

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.dts, *self.overlays)

    @property
    def is_own(self) -> bool:
        """Whether it can be had without a kernel tree's boards."""
        return all(map(layout.is_own, self.sources))

    def file(self, path: str, tree: layout.KernelTree | None) -> Path:
        """Where one of its sources is; `tree`: needed for those that are not the project's."""
        if layout.is_own(path):
            return Path(os.path.normpath(layout.project_of(Path(self.location.file)) / path))
        assert tree
        return tree.source(path)


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """Which node a label is of, and what that node has to have: `compatible` and `reg`, as bytes."""

    label: str
    path: str
    properties: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class WithoutStream:
    """A user of PAS (label or path) whose firmware needs no stream, why, and who says so."""

    at: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding that may stay: of which rule, in which node (label or path), and why."""

    rule: str
    at: str
    why: str
    location: Location
    at_location: Location


@dataclass(frozen=True, slots=True)
class Delivered:
    """What `dtgen deliver` is to tell loaders, besides the stacks."""

    compatible: Mapping[str, str]
    """By base, without suffix."""
    around: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """By base, the sources of the overlays that come before the generated one, and those behind it."""
    el2: str
    """The suffix of compatibles with the overlay."""
    gunyah: str | None
    """That without it; None where the bases are not delivered alone."""
    arguments: str
    """The kernel's command line; empty where it is not said."""
    load: int | None
    """Where U-Boot puts the base of a FIT."""
    metadata: str | None
    """qcom-metadata, from the directory of the description."""
    location: Location


@dataclass(frozen=True, slots=True)
class Board:
    """A resolved description: `extends` is merged in."""

    name: str
    title: str
    compatible: tuple[str, ...]
    compatible_location: Location
    pas_at_el2: bool | None
    """None where the overlay has nothing to do with EL2."""
    firmware_source: str | None
    """Where `pas_at_el2` is from."""
    on: Board | None
    """The description whose overlay is applied first."""
    overlay: OverlayHeader
    bases: tuple[BaseSource, ...]
    targets: tuple[Target, ...]
    """By label, then those by path: the order in which they are written."""
    without_stream: tuple[WithoutStream, ...]
    labels: tuple[LabelEntry, ...]
    """For bases without `__symbols__`."""
    allow: tuple[Allowance, ...]
    deliver: Delivered
    legacy: bool
    """Whether it asks for the legacy profile (`qcom,devmem`)."""
    lineage: tuple[str, ...]
    """Its own name, then what it extends, nearest first."""
    vain_removals: tuple[VainRemoval, ...]
    removals: tuple[Removal, ...]
    """Its own, of what it extends."""
    location: Location
    data: Mapping[str, Any] = field(repr=False)
    """The merged document, for templates of the user's own."""

    @property
    def ancestry(self) -> tuple[str, ...]:
        """Its lineage, and then those of the descriptions that it goes on."""
        return (*self.lineage, *(self.on.ancestry if self.on else ()))


def load(name: str, finder: layout.Finder) -> Board:
    """Load the board called `name` (or the file, where `name` ends in .yaml).

    Raises: ToolError where there is no such board, Rejected where its description is wrong.
    """
    return _load(name, finder, ())


def _load(name: str, finder: layout.Finder, above: tuple[str, ...]) -> Board:
    """`above`: the names of what goes on top of it, nearest first."""
    finder = finder.of_board(name)
    file = finder.board_file(name)
    resolved = _resolve(file, finder)
    merged = resolved.merged
    open_places.refuse(merged)
    check(merged, resolved.own)
    contradictions.refuse(merged, resolved.own, resolved.lineage)
    on = _below(merged, finder, (file.stem, *above))
    board = dataclasses.replace(
        of_document(merged, resolved.lineage, on),
        vain_removals=tuple(vain(resolved.own, resolved.inherited.data)),
        removals=tuple(removed(resolved.own, resolved.inherited.data)),
    )
    if board.name != file.stem:
        raise rejected(
            RULE,
            f"the file is {file.name}, but the name in it is {board.name}",
            merged.value(("name",)),
            "boards are found by their file's name: make the two equal",
        )
    return board


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A description, what it extends, and both together."""

    own: Document
    inherited: Document
    merged: Document
    lineage: tuple[str, ...]


def _resolve(file: Path, finder: layout.Finder) -> _Resolved:
    """Read the description and what it extends; the farthest ancestor is merged first."""
    chain: list[Document] = []
    lineage: list[str] = []
    while True:
        read = yaml.read(file, layout.display(file))
        chain.append(read)
        lineage.append(file.stem)
        parent = read.data.get("extends")
        if parent is None:
            break
        at = read.value(("extends",))
        if not isinstance(parent, str) or not NAME.fullmatch(parent):
            stem = Path(str(parent)).stem
            help = f"write extends: {stem}" if NAME.fullmatch(stem) and stem != parent else "write one name"
            raise rejected(RULE, "extends takes the name of a board", at, help)
        if parent in lineage:
            loop = " → ".join([*lineage[lineage.index(parent) :], parent])
            help = "take `extends` out" + (" of one of them" if parent != file.stem else "")
            if parent in finder.hidden():
                help = f"a board of the project hides dtgen's own of its name: call yours other than {parent}"
            raise rejected(RULE, f"{file.stem} extends itself: {loop}", at, help)
        file = _named("extends", parent, finder, at)
    inherited = merged = Document({}, {})
    for patch in reversed(chain):  # the first one, too: a null in it means nothing
        inherited = merged
        merged = merged.patched(Document(_without_inherited_sources(patch.data), patch.locations))
    merged.data.pop("extends", None)
    return _Resolved(chain[0], inherited, merged, tuple(lineage))


def _named(key: str, name: str, finder: layout.Finder, at: Location) -> Path:
    try:
        return finder.board_file(name)
    except ToolError as error:
        raise rejected(RULE, f"{key}: {error}", at, error.remedy) from error


def _below(merged: Document, finder: layout.Finder, above: tuple[str, ...]) -> Board | None:
    """The board that this one goes on. `above`: the names of the boards from this one up."""
    name = merged.data.get("on")
    if name is None:
        return None
    at = merged.value(("on",))
    if name in above:
        loop = " → ".join((*reversed(above), name))
        help = "take `on` out" + (" of one of them" if len(above) > 1 else "")
        raise rejected(RULE, f"{above[0]} is to be applied on itself: {loop}", at, help)
    _named("on", name, finder, at)
    return _load(name, finder, above)


def _without_inherited_sources(entry: dict[str, Any]) -> dict[str, Any]:
    """With a null for the `source` of an entry that says something new, and not where that is from.

    What the entry that it extends has there is where the old value is from.
    """
    own = {
        key: _without_inherited_sources(value) if isinstance(value, dict) else value
        for key, value in entry.items()
    }
    new = any(value is not None and not isinstance(value, dict) for value in entry.values())
    return {"source": None, **own} if new else own


def of_document(merged: Document, lineage: tuple[str, ...], on: Board | None = None) -> Board:
    """Of a document that was checked. Raises: Rejected where two of its entries write one property."""
    data = merged.data
    header = data["overlay"]
    firmware = data.get("firmware")
    return Board(
        name=data["name"],
        title=data["title"],
        compatible=tuple(data["compatible"]) if "compatible" in data else on.compatible if on else (),
        compatible_location=merged.value(("compatible",))
        if "compatible" in data or not on
        else on.compatible_location,
        pas_at_el2=firmware.get("pas_at_el2") if firmware else on.pas_at_el2 if on else None,
        firmware_source=firmware.get("source") if firmware else on.firmware_source if on else None,
        on=on,
        overlay=OverlayHeader(
            header["name"],
            header["suffix"],
            header.get("template", DEFAULT_TEMPLATE),
            header["license"],
            tuple(header.get("copyright", ())),
            header["summary"],
            keys.root(merged),
            merged.value(("overlay", "template")),
        ),
        bases=on.bases if on and "bases" not in data else tuple(_bases(data.get("bases", []), merged)),
        targets=tuple(keys.targets(merged)),
        without_stream=tuple(
            WithoutStream(at, entry["why"], entry["source"])
            for at, entry in data.get("without_stream", {}).items()
        ),
        labels=tuple(_labels(data.get("labels", {}))),
        allow=tuple(
            Allowance(
                entry["rule"],
                entry["at"],
                entry["why"],
                merged.value(("allow", index, "rule")),
                merged.value(("allow", index, "at")),
            )
            for index, entry in enumerate(data.get("allow", []))
        ),
        deliver=_delivered(data.get("deliver", {}), merged.location(("deliver",))),
        legacy="legacy" in data,
        lineage=lineage,
        vain_removals=(),
        removals=(),
        location=merged.location(("name",)),
        data=data,
    )


def _delivered(entry: dict[str, Any], where: Location) -> Delivered:
    suffix = entry.get("suffix", {"el2": ""})
    return Delivered(
        entry.get("compatible", {}),
        {
            base: (tuple(overlays.get("before", ())), tuple(overlays.get("after", ())))
            for base, overlays in entry.get("around", {}).items()
        },
        suffix["el2"],
        suffix.get("gunyah"),
        entry.get("arguments", ""),
        entry.get("load"),
        entry.get("metadata"),
        where,
    )


def _labels(entries: dict[str, Any]) -> Iterator[LabelEntry]:
    for label, entry in entries.items():
        properties = {}
        if "compatible" in entry:
            properties["compatible"] = b"".join(name.encode() + b"\0" for name in entry["compatible"])
        if "reg" in entry:
            properties["reg"] = b"".join(cell.to_bytes(4, "big") for cell in entry["reg"])
        yield LabelEntry(label, entry["path"], properties)


def _bases(entries: list[Any], merged: Document) -> Iterator[BaseSource]:
    for index, entry in enumerate(entries):
        at = merged.location(("bases", index))
        if isinstance(entry, str):
            yield BaseSource(Path(entry).stem, entry, (), at)
        else:
            yield BaseSource(entry["name"], entry["dts"], tuple(entry["overlays"]), at)
