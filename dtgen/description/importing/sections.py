"""What an overlay writes, as sections of a description: those that say what for, and `nodes` for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any

from dtgen.description.importing.fragments import WrittenNode
from dtgen.description.importing.literals import Word, WrittenValue
from dtgen.description.importing.source import Place, Remark, WrittenSource
from dtgen.description.open_places import MARK
from dtgen.devicetree.tree import Property
from dtgen.records import dataclass

_FIRMWARE = "-firmware"
"""What the name of a child ends in through which a driver loads its firmware."""
_STATUSES = {"disabled": "disable", "okay": "enable"}
_MAX_CELLS = 8
"""Of an entry, behind its label. Source: board.schema.json."""


@dataclass(slots=True)
class Sections:
    """Gathers the sections. `references`: of each property, byte offset to label."""

    source: WrittenSource
    references: Mapping[Place, Mapping[int, str]]
    constants: Mapping[str, int]
    origin: str
    """For `source:` of streams and maps."""
    data: dict[str, Any] = field(default_factory=dict)
    kept: set[Place] = field(default_factory=set)
    """What the comments above are kept of."""

    def add(self, targets: Mapping[str, WrittenNode]) -> None:
        for target, node in targets.items():
            self._target(target, node)

    def value(self, place: Place, prop: Property) -> WrittenValue:
        return WrittenValue(
            prop,
            self.references.get(place, {}),
            self.source.values.get(place, ()),
            self.source.typed.get(place, ()),
        )

    def _target(self, target: str, node: WrittenNode) -> None:
        left = dict(node.properties)
        entry = self._statuses(target, node, left)
        for name, taken in (
            ("iommus", self._streams(target, node, left)),
            ("iommu-map", self._map(target, node, "iommu-map", left)),
            ("msi-map", self._map(target, node, "msi-map", left)),
            ("qcom,devmem", self._devmem(target, left)),
        ):
            if taken:
                del left[name]
                entry = True
        children = {
            name: child
            for name, child in node.children.items()
            if not self._firmware_child(target, name, child)
        }
        if left or children or not (entry or node.children):
            self._node(target, node, left, children)

    def _statuses(self, target: str, node: WrittenNode, left: dict[str, tuple[Place, Property]]) -> bool:
        if "status" not in left:
            return False
        place, prop = left["status"]
        section = _STATUSES.get(prop.value.removesuffix(b"\0").decode("latin-1"))
        if section is None or not prop.value.endswith(b"\0"):
            return False
        alone = len(node.properties) == 1 and not node.children
        places = (place, node.place) if alone else (place,)
        self._section(section)[target] = self._why(*places)
        del left["status"]
        return True

    def _streams(self, target: str, node: WrittenNode, left: Mapping[str, tuple[Place, Property]]) -> bool:
        entries = self._iommus(left)
        if entries:
            places = (left["iommus"][0], node.place)
            self._section("streams")[target] = self._entry({"iommus": entries}, *places)
        return bool(entries)

    def _iommus(self, properties: Mapping[str, tuple[Place, Property]]) -> list[list[Word]]:
        """Entries of a label and its cells, none where it is not made of such."""
        words = self._words(properties, "iommus")
        starts = [at for at, word in enumerate(words) if isinstance(word, str)]
        if not starts or starts[0]:
            return []
        entries = _split(words, starts)
        return [] if any(len(entry) > _MAX_CELLS + 1 for entry in entries) else entries

    def _map(
        self, target: str, node: WrittenNode, name: str, left: Mapping[str, tuple[Place, Property]]
    ) -> bool:
        words = self._words(left, name)
        starts = [at - 1 for at, word in enumerate(words) if isinstance(word, str)]
        if not starts or starts[0]:
            return False
        entries = _split(words, starts)
        if any(not 3 <= len(entry) <= _MAX_CELLS + 3 for entry in entries):
            return False
        pcie = self._section("pcie")
        known = {key: value for key, value in pcie.get(target, {}).items() if key != "source"}
        pcie[target] = self._entry({**known, name: entries}, left[name][0], node.place)
        return True

    def _devmem(self, target: str, left: Mapping[str, tuple[Place, Property]]) -> bool:
        words = self._words(left, "qcom,devmem")
        regions = _split(words, range(0, len(words), 4))
        fits = regions and all(
            len(region) == 4 and isinstance(region[2], int) and isinstance(region[3], int)
            and region[2] >= 1 and 1 <= region[3] <= 31
            for region in regions
        )  # fmt: skip
        if not fits or any(isinstance(word, str) for word in words):
            return False
        devmem = self._section("legacy").setdefault("devmem", {})
        devmem[target] = self._sourced({"regions": regions})
        return True

    def _firmware_child(self, target: str, name: str, child: WrittenNode) -> bool:
        entries = self._iommus(child.properties)
        if not name.endswith(_FIRMWARE) or child.label or child.children or len(child.properties) != 1:
            return False
        if entries:
            entry = self._entry({"iommus": entries}, child.properties["iommus"][0], child.place)
            self._section("firmware_children").setdefault(target, {})[name] = entry
        return bool(entries)

    def _node(
        self,
        target: str,
        node: WrittenNode,
        properties: Mapping[str, tuple[Place, Property]],
        children: Mapping[str, WrittenNode],
    ) -> None:
        entry: dict[str, Any] = {"target": target}
        entry |= self._why(node.place)
        entry |= self._body(properties, children)
        self.data.setdefault("nodes", []).append(entry)

    def _body(
        self, properties: Mapping[str, tuple[Place, Property]], children: Mapping[str, WrittenNode]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if properties:
            body["properties"] = self.properties(properties)
        if children:
            body["children"] = {
                name: ({"label": child.label} if child.label else {})
                | self._body(child.properties, child.children)
                for name, child in children.items()
            }
        return body

    def properties(self, properties: Mapping[str, tuple[Place, Property]]) -> dict[str, Any]:
        return {
            name: self.value(place, prop).value(self.constants) for name, (place, prop) in properties.items()
        }

    def _section(self, name: str) -> dict[str, Any]:
        section: dict[str, Any] = self.data.setdefault(name, {})
        return section

    def _words(self, properties: Mapping[str, tuple[Place, Property]], name: str) -> list[Word]:
        """The cells of a property, none where it is not there or not of cells."""
        if name not in properties:
            return []
        return self.value(*properties[name]).words or []

    def _entry(self, entry: dict[str, Any], *places: Place) -> dict[str, Any]:
        return self._sourced({**self._why(*places), **entry})

    def _sourced(self, entry: dict[str, Any]) -> dict[str, Any]:
        return {**entry, "source": self.origin}

    def _why(self, *places: Place) -> dict[str, str]:
        """The comments that stand right above one of the places."""
        found = [remark for remark in self.source.remarks if remark.place in places and remark.text != MARK]
        self.kept.update(remark.place for remark in found if remark.place)
        return {"why": " ".join(remark.text for remark in found)} if found else {}

    def lost(self) -> Iterator[Remark]:
        """The comments for which there is no place."""
        return (remark for remark in self.source.remarks if remark.place not in self.kept)


def _split(words: Sequence[Word], starts: Sequence[int]) -> list[list[Word]]:
    return [list(words[start:end]) for start, end in pairwise([*starts, len(words)])]
