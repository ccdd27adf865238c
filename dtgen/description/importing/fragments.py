"""What an overlay writes into each node of a base, however many fragments it takes for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from dtgen.description.importing.source import Place
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import PHANDLES, Node, Property
from dtgen.records import dataclass


@dataclass(slots=True)
class WrittenNode:
    """A node of the base, or a new one, with all that is written into it. The last write counts."""

    place: Place
    """In the overlay's blob: the last of its fragments that names it."""
    label: str | None = None
    properties: dict[str, tuple[Place, Property]] = field(default_factory=dict)
    children: dict[str, WrittenNode] = field(default_factory=dict)

    def add(self, node: Node, labels: Mapping[str, str]) -> None:
        self.place = (node.path, None)
        self.label = labels.get(node.path, self.label)
        for name, prop in node.properties.items():
            if name not in PHANDLES:
                self.properties[name] = ((node.path, name), prop)
        for name, child in node.children.items():
            inner = self.children.setdefault(name, WrittenNode((child.path, None)))
            inner.add(child, labels)

    def walk(self, path: str) -> Iterator[tuple[str, WrittenNode]]:
        """This node and all below it, with their paths below the target."""
        yield path, self
        for name, child in self.children.items():
            yield from child.walk(f"{path}/{name}")


def made_nodes(overlay: Overlay, paths: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Of each target that an earlier fragment makes, that one's target and the path below it.

    One that a still earlier fragment has as its target is the base's.
    `paths`: label to path in the base, as far as they are known.
    """
    made: dict[str, tuple[str, str]] = {}
    below: dict[str, tuple[str, str]] = {}
    given: set[str] = set()
    for fragment in overlay.fragments:
        target = fragment.label or fragment.target_path
        if target is None or fragment.body is None:
            continue
        at = paths.get(target, target)
        if at in below and target not in given:
            made[target] = below[at]
        given.add(target)
        top, middle = made.get(target, (target, ""))
        for node in fragment.body.walk():
            rest = node.path.removeprefix(fragment.body.path)
            if rest:
                below.setdefault(at + rest, (top, middle + rest))
    return made


def written(overlay: Overlay, labels: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, WrittenNode]:
    """By target, a label or a path, in the order of the first fragment of each.

    A target that an earlier fragment makes stands below that one's. `labels`: path in the blob to the label
    of a node of the overlay's own; `paths`: label to path in the base. Fragments without a target that says
    which node it is are left out.
    """
    found: dict[str, WrittenNode] = {}
    made = made_nodes(overlay, paths)
    for fragment in overlay.fragments:
        target = fragment.label or fragment.target_path
        if target and fragment.body:
            top, below = made.get(target, (target, ""))
            node = found.setdefault(top, WrittenNode((fragment.body.path, None)))
            for name in below.split("/")[1:]:
                node = node.children[name]
            node.add(fragment.body, labels)
    return found
