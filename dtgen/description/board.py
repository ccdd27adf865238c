"""A board description: YAML to Board, checked against the schema; every entry keeps its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dtgen import project
from dtgen.description import document
from dtgen.description.check import RULE, check
from dtgen.description.document import Document, Keys
from dtgen.description.values import (
    Bytes,
    Cells,
    Flag,
    NodeSource,
    PropertySource,
    Reference,
    Strings,
    Target,
    Value,
)
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError, rejected

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
    location: Location
    """Of the template's name, or of the header where it is not given."""


@dataclass(frozen=True, slots=True)
class BaseSource:
    """A base by its sources below the kernel's `arch/arm64/boot/dts`, with overlays that come first."""

    name: str
    dts: str
    overlays: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Board:
    """A resolved description: `extends` is merged in."""

    name: str
    title: str
    compatible: tuple[str, ...]
    pas_at_el2: bool
    overlay: OverlayHeader
    bases: tuple[BaseSource, ...]
    targets: tuple[Target, ...]
    """By label, then those by path: the order in which they are written."""
    legacy: bool
    """Whether it asks for the legacy profile (`qcom,devmem`)."""
    lineage: tuple[str, ...]
    """Its own name, then what it extends, nearest first."""
    location: Location
    data: Mapping[str, Any] = field(repr=False)
    """The merged document, for templates of the user's own."""


def load(name: str, finder: project.Finder) -> Board:
    """Load the board called `name` (or the file, where `name` ends in .yaml).

    Raises: ToolError where there is no such board, Rejected where its description is wrong.
    """
    file = finder.board_file(name)
    merged, lineage = _resolve(file, finder)
    check(merged)
    board = _board(merged, lineage)
    if board.name != file.stem:
        raise rejected(
            RULE,
            f"the file is {file.name}, but the name in it is {board.name}",
            merged.location(("name",)),
            "boards are found by their file's name: make the two equal",
        )
    return board


def _resolve(file: Path, finder: project.Finder) -> tuple[Document, tuple[str, ...]]:
    """Read the description and what it extends; the farthest ancestor is merged first."""
    chain: list[Document] = []
    lineage: list[str] = []
    while True:
        read = document.read(file, project.display(file))
        chain.append(read)
        lineage.append(file.stem)
        parent = read.data.get("extends")
        if parent is None:
            break
        at = read.location(("extends",))
        if not isinstance(parent, str):
            raise rejected(RULE, "extends takes the name of a board", at)
        if parent in lineage:
            raise rejected(RULE, f"{file.stem} extends itself: {' → '.join([*lineage, parent])}", at)
        try:
            file = finder.board_file(parent)
        except ToolError as error:
            raise rejected(RULE, f"extends: {error}", at, error.remedy) from error
    merged = chain[-1]
    for patch in reversed(chain[:-1]):
        merged = merged.patched(patch)
    merged.data.pop("extends", None)
    return merged, tuple(lineage)


class _Collector:
    """Gathers what the sections write, one target a node, and refuses a property that is written twice."""

    def __init__(self, merged: Document) -> None:
        self.merged = merged
        self.first: dict[str, Location] = {}
        self.properties: dict[str, dict[str, PropertySource]] = {}
        self.children: dict[str, dict[str, NodeSource]] = {}

    def target(self, name: str, keys: Keys) -> None:
        self.first.setdefault(name, self.merged.location(keys))
        self.properties.setdefault(name, {})
        self.children.setdefault(name, {})

    def add(self, name: str, keys: Keys, properties: Sequence[PropertySource]) -> None:
        self.target(name, keys)
        for prop in properties:
            other = self.properties[name].setdefault(prop.name, prop)
            if other is not prop:
                raise _twice(f"{prop.name} of {name}", other.location, prop.location)

    def add_child(self, name: str, keys: Keys, child: NodeSource) -> None:
        self.target(name, keys)
        other = self.children[name].setdefault(child.name, child)
        if other is not child:
            raise _twice(f"the child {child.name} of {name}", other.location, child.location)

    def targets(self) -> Iterator[Target]:
        for name in sorted(self.first, key=lambda name: (name.startswith("/"), name)):
            properties = sorted(self.properties[name].values(), key=lambda prop: prop.name == "status")
            yield Target(name, tuple(properties), tuple(self.children[name].values()), self.first[name])


def _twice(what: str, first: Location, second: Location) -> Rejected:
    return rejected(RULE, f"{what} is written twice (first at {first.file}:{first.line})", second, "keep one")


def _board(merged: Document, lineage: tuple[str, ...]) -> Board:
    data = merged.data
    header = data["overlay"]
    collector = _Collector(merged)
    _streams(collector, data.get("streams", {}))
    _statuses(collector, data, "disable", "disabled")
    _statuses(collector, data, "enable", "okay")
    _pcie(collector, data.get("pcie", {}))
    _firmware_children(collector, data.get("firmware_children", {}))
    _legacy(collector, data.get("legacy", {}).get("devmem", {}))
    _nodes(collector, data.get("nodes", []))
    return Board(
        name=data["name"],
        title=data["title"],
        compatible=tuple(data["compatible"]),
        pas_at_el2=data["firmware"]["pas_at_el2"],
        overlay=OverlayHeader(
            header["name"],
            header["suffix"],
            header.get("template", DEFAULT_TEMPLATE),
            header["license"],
            tuple(header.get("copyright", ())),
            header["summary"],
            merged.location(("overlay", "template")),
        ),
        bases=tuple(_bases(data.get("bases", []), merged)),
        targets=tuple(collector.targets()),
        legacy="legacy" in data,
        lineage=lineage,
        location=merged.location(("name",)),
        data=data,
    )


def _bases(entries: list[Any], merged: Document) -> Iterator[BaseSource]:
    for index, entry in enumerate(entries):
        at = merged.location(("bases", index))
        if isinstance(entry, str):
            yield BaseSource(Path(entry).stem, entry, (), at)
        else:
            yield BaseSource(entry["name"], entry["dts"], tuple(entry["overlays"]), at)


def _streams(collector: _Collector, streams: dict[str, Any]) -> None:
    for target, entry in streams.items():
        keys: Keys = ("streams", target)
        collector.add(target, keys, [_iommus(entry, keys, collector.merged)])


def _iommus(entry: dict[str, Any], keys: Keys, merged: Document) -> PropertySource:
    groups = tuple((Reference(label), *cells) for label, *cells in entry["iommus"])
    location = merged.location((*keys, "iommus"))
    return PropertySource("iommus", Cells(groups), location, entry.get("source"))


def _statuses(collector: _Collector, data: dict[str, Any], section: str, status: str) -> None:
    for target, reason in data.get(section, {}).items():
        keys: Keys = (section, target)
        location = collector.merged.location(keys)
        collector.add(
            target, keys, [PropertySource("status", Strings((status,)), location, reason.get("source"))]
        )


def _pcie(collector: _Collector, controllers: dict[str, Any]) -> None:
    for target, entry in controllers.items():
        keys: Keys = ("pcie", target)
        properties = []
        for name in ("iommu-map", "msi-map"):
            if name in entry:
                groups = tuple((rid, Reference(label), out, size) for rid, label, out, size in entry[name])
                location = collector.merged.location((*keys, name))
                properties.append(PropertySource(name, Cells(groups), location, entry.get("source")))
        collector.add(target, keys, properties)


def _firmware_children(collector: _Collector, parents: dict[str, Any]) -> None:
    for target, children in parents.items():
        keys: Keys = ("firmware_children", target)
        for name, entry in children.items():
            inner: Keys = (*keys, name)
            iommus = _iommus(entry, inner, collector.merged)
            location = collector.merged.location(inner)
            collector.add_child(target, keys, NodeSource(name, None, (iommus,), (), location))


def _legacy(collector: _Collector, devmem: dict[str, Any]) -> None:
    for target, entry in devmem.items():
        keys: Keys = ("legacy", "devmem", target)
        value = Cells(tuple(tuple(region) for region in entry["regions"]))
        location = collector.merged.location((*keys, "regions"))
        collector.add(target, keys, [PropertySource("qcom,devmem", value, location, entry.get("source"))])


def _nodes(collector: _Collector, entries: list[Any]) -> None:
    for index, entry in enumerate(entries):
        keys: Keys = ("nodes", index)
        target, source = entry["target"], entry.get("source")
        collector.add(target, keys, _properties(entry, keys, collector.merged, source))
        for child in _children(entry, keys, collector.merged, source):
            collector.add_child(target, keys, child)


def _properties(
    entry: dict[str, Any], keys: Keys, merged: Document, source: str | None
) -> list[PropertySource]:
    return [
        PropertySource(name, _value(value), merged.location((*keys, "properties", name)), source)
        for name, value in entry.get("properties", {}).items()
    ]


def _children(entry: dict[str, Any], keys: Keys, merged: Document, source: str | None) -> list[NodeSource]:
    children = []
    for name, child in entry.get("children", {}).items():
        inner: Keys = (*keys, "children", name)
        children.append(
            NodeSource(
                name,
                child.get("label"),
                tuple(_properties(child, inner, merged, source)),
                tuple(_children(child, inner, merged, source)),
                merged.location(inner),
            )
        )
    return children


def _value(value: Any) -> Value:
    match value:
        case True:
            return Flag()
        case str():
            return Strings((value,))
        case int():
            return Cells(((value,),))
        case list():
            return Strings(tuple(value))
        case {"cells": cells}:
            groups = cells if isinstance(cells[0], list) else [cells]
            return Cells(tuple(tuple(map(_word, group)) for group in groups), value.get("bits", 32))
        case _:
            return Bytes(bytes.fromhex(value["bytes"]))


def _word(word: int | str) -> int | Reference:
    return Reference(word) if isinstance(word, str) else word
