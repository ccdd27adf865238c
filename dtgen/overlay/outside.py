"""What stands in an overlay, but in none of its fragments: nothing merges it."""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import DORMANT, Node
from dtgen.diagnostics import Subject
from dtgen.overlay.placement import placement
from dtgen.overlay.stack import Step
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A merged property that refers to a node of the overlay which is not merged."""

    node: Node
    """Of the overlay."""
    subject: Subject
    """In the merged tree."""
    phandle: int
    """What the merged property has."""


def outside(step: Step) -> Iterator[Node]:
    """The topmost nodes that are in no fragment's `__overlay__`."""
    overlay = step.layer.overlay
    bodies = {fragment.path: fragment.body for fragment in overlay.fragments}
    for node in overlay.tree.root.children.values():
        if node.path in bodies:
            yield from (child for child in node.children.values() if child is not bodies[node.path])
        elif not node.name.startswith("__") and DORMANT not in node.children:
            yield node


def references(step: Step) -> Iterator[Reference]:
    """Those that lead outside."""
    overlay, merged = step.layer.overlay, step.merged
    placed = placement(overlay, merged.base)
    for fixup, node in overlay.own_references():
        path = placed.merged(fixup.path)
        if path is None or placed.merged(node.path) is not None:
            continue
        found = merged.tree.at(path)
        value = found.properties[fixup.property].value if found else b""
        phandle = int.from_bytes(value[fixup.offset : fixup.offset + 4], "big")
        yield Reference(node, Subject(path, fixup.property), phandle)
