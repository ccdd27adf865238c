"""The sections of a description (`streams`, `disable`, `pcie`, …) as what is written into each node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dtgen.description import slips
from dtgen.description.schema import RULE
from dtgen.description.values import (
    Bytes,
    Cells,
    Flag,
    Mixed,
    NodeSource,
    Part,
    PathReference,
    PropertySource,
    Reference,
    Strings,
    Target,
    Value,
)
from dtgen.description.yaml import Document, Keys
from dtgen.devicetree.cells import ID_MAPS, SPECIFIERS
from dtgen.diagnostics import Location
from dtgen.dts.order import reference_key
from dtgen.errors import Rejected, rejected

Groups = tuple[tuple[int | Reference, ...], ...]


def targets(merged: Document) -> Iterator[Target]:
    """Every node that the description writes to: by label, then by path.

    Raises: Rejected where two sections write one property or one child.
    """
    data = merged.data
    collector = _Collector(merged)
    for name in data.get("streams", {}).keys() & data.get("without_stream", {}).keys():
        first, second = (merged.location((section, name)) for section in ("streams", "without_stream"))
        raise _twice(f"what stream {name} has", first, second, merged)
    _streams(collector, data.get("streams", {}))
    _statuses(collector, data, "disable", "disabled")
    _statuses(collector, data, "enable", "okay")
    _pcie(collector, data.get("pcie", {}))
    _firmware_children(collector, data.get("firmware_children", {}))
    _legacy(collector, data.get("legacy", {}).get("devmem", {}))
    _nodes(collector, data.get("nodes", []))
    return collector.targets()


def root(merged: Document) -> tuple[PropertySource, ...]:
    """The properties of the overlay's own root node."""
    entry = {"properties": merged.data["overlay"].get("root", {})}
    return tuple(_properties(entry, ("overlay", "root"), merged, None))


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
                raise _twice(f"{prop.name} of {name}", other.location, prop.location, self.merged)

    def add_child(self, name: str, keys: Keys, child: NodeSource) -> None:
        self.target(name, keys)
        other = self.children[name].setdefault(child.name, child)
        if other is not child:
            raise _twice(f"the child {child.name} of {name}", other.location, child.location, self.merged)

    def targets(self) -> Iterator[Target]:
        for name in sorted(self.first, key=reference_key):
            properties = sorted(self.properties[name].values(), key=lambda prop: prop.name == "status")
            yield Target(name, tuple(properties), tuple(self.children[name].values()), self.first[name])


def _twice(what: str, first: Location, second: Location, merged: Document) -> Rejected:
    """At the description's own one, where the other is inherited."""
    own = merged.location(("name",)).file
    here, there = (first, second) if first.file == own != second.file else (second, first)
    help = "keep one"
    places = (keys for keys, place in merged.locations.items() if place == there and len(keys) > 1)
    inherited = next((keys for keys in places if isinstance(keys[1], str)), None)
    if inherited and there.file != here.file:
        help = f"to drop {Path(there.file).stem}'s, write {inherited[0]}: {{{inherited[1]}: null}}"
    return rejected(RULE, f"{what} is written twice (first at {there.file}:{there.line})", here, help)


def _streams(collector: _Collector, streams: dict[str, Any]) -> None:
    for target, entry in streams.items():
        keys: Keys = ("streams", target)
        collector.add(target, keys, [_iommus(entry, keys, collector.merged)])


def _iommus(entry: dict[str, Any], keys: Keys, merged: Document) -> PropertySource:
    groups = tuple((Reference(label), *cells) for label, *cells in entry["iommus"])
    return _cells_of("iommus", groups, entry, keys, merged)


def _cells_of(
    name: str, groups: Groups, entry: dict[str, Any], keys: Keys, merged: Document
) -> PropertySource:
    """A property of entries, each with its place."""
    places = tuple(merged.location((*keys, name, index)) for index in range(len(groups)))
    where = places[0] if len(places) == 1 else merged.value((*keys, name))
    mentions = dict(_mentions(entry[name], (*keys, name), merged))
    return PropertySource(name, Cells(groups), where, entry.get("source"), places, mentions)


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
                groups = tuple((first, Reference(label), *rest) for first, label, *rest in entry[name])
                properties.append(_cells_of(name, groups, entry, keys, collector.merged))
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
        location = collector.merged.value((*keys, "regions"))
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
    constants = merged.data.get("constants", {})
    found = []
    for name, text in entry.get("properties", {}).items():
        value, where = _value(text, constants), merged.value((*keys, "properties", name))
        if isinstance(value, Strings) and name in SPECIFIERS.keys() | ID_MAPS:
            help = f"write {{cells: {slips.cells(', '.join(value.strings))}}}"
            raise rejected(RULE, f"{name} is a string here, and takes references", where, help)
        mentions = dict(_mentions(text, (*keys, "properties", name), merged))
        found.append(PropertySource(name, value, where, source, mentions=mentions))
    return found


def _mentions(value: Any, keys: Keys, merged: Document) -> Iterator[tuple[str, Location]]:
    """The words in lists, and where each stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, word in inner:
        if isinstance(word, str) and isinstance(key, int):
            yield word, merged.location((*keys, key))
        yield from _mentions(word, (*keys, key), merged)


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
                merged.value((*inner, "label")),
            )
        )
    return children


def _value(value: Any, constants: Mapping[str, int]) -> Value:
    match value:
        case True:
            return Flag()
        case int():
            return Cells(((value,),))
        case list():
            return _joined([_part(part, constants) for part in value])
        case _:
            return _part(value, constants)


def _part(part: Any, constants: Mapping[str, int]) -> Part:
    match part:
        case str():
            return Strings((part,))
        case {"cells": cells}:
            groups = cells if isinstance(cells[0], list) else [cells]
            words = tuple(tuple(_word(word, constants) for word in group) for group in groups)
            return Cells(words, part.get("bits", 32))
        case {"path": label}:
            return PathReference(label)
        case _:
            return Bytes(bytes.fromhex(part["bytes"]))


def _joined(parts: Sequence[Part]) -> Value:
    """Parts of one kind are one value of it."""
    if all(isinstance(part, Strings) for part in parts):
        return Strings(tuple(text for part in parts if isinstance(part, Strings) for text in part.strings))
    return parts[0] if len(parts) == 1 else Mixed(tuple(parts))


def _word(word: int | str, constants: Mapping[str, int]) -> int | Reference:
    if isinstance(word, int):
        return word
    return constants[word] if word in constants else Reference(word)
