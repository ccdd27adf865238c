"""Overlays: their fragments and fixups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dtgen.devicetree.fixups import Fixup, fixups, local_fixups
from dtgen.devicetree.tree import DORMANT, OVERLAY, Node, Property, Tree
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Fragment:
    """One fragment; exactly one of `label`, `target_path` is set in a sound one.

    A target that is a phandle gives neither: of a node of the overlay's `own`, or a number of a base's.
    """

    path: str
    label: str | None
    target: Property | None
    """The phandle, or what stands there until a fixup writes it."""
    target_path: str | None
    body: Node | None
    """Its `__overlay__`, None where it has none."""
    own: Node | None = None
    """The overlay's node that is the target."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay's tree and what libfdt will read of it."""

    tree: Tree
    fragments: tuple[Fragment, ...]
    fixups: Mapping[str, tuple[Fixup, ...]]
    """By label of the base."""
    local_fixups: tuple[Fixup, ...]
    """References to the overlay's own nodes."""

    @classmethod
    def of(cls, tree: Tree) -> Overlay:
        by_label = fixups(tree)
        labels = {
            (place.path, place.property): label for label, places in by_label.items() for place in places
        }
        local = tuple(local_fixups(tree))
        fragments = tuple(
            Fragment(
                child.path,
                labels.get((child.path, "target")),
                child.properties.get("target"),
                next(iter(child.strings("target-path")), None),
                child.children.get(OVERLAY),
                _own(tree, child) if Fixup(child.path, "target", 0) in local else None,
            )
            for child in tree.root.children.values()
            if OVERLAY in child.children
            or (
                not child.name.startswith("__")
                and DORMANT not in child.children
                and {"target", "target-path"} & child.properties.keys()
            )
        )
        return cls(tree, fragments, by_label, local)

    def references(self) -> Iterator[Fixup]:
        """Every place that holds a phandle once the overlay is applied."""
        for places in self.fixups.values():
            yield from places
        yield from self.local_fixups

    def own_references(self) -> Iterator[tuple[Fixup, Node]]:
        """The places that refer to the overlay's own nodes, with these; but for those that lead nowhere."""
        for place in self.local_fixups:
            node = self.tree.at(place.path)
            prop = node.properties.get(place.property) if node else None
            cell = prop.value[place.offset : place.offset + 4] if prop else b""
            if referred := self.tree.by_phandle.get(int.from_bytes(cell, "big")):
                yield place, referred


def _own(tree: Tree, fragment: Node) -> Node | None:
    phandle = fragment.cell("target")
    return None if phandle is None else tree.by_phandle.get(phandle)
