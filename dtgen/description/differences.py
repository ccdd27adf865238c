"""What the overlays of two descriptions differ in."""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description import dts
from dtgen.description.board import Board
from dtgen.description.values import Flag, NodeSource, PropertySource, Target
from dtgen.devicetree.diff import Change, ChangeKind

_Place = tuple[str, str | None]
"""A node by its target and the path below it, and a property of it or None."""


def changes(old: Board, new: Board) -> Iterator[Change]:
    """From the old to the new one, node by node; the order of entries makes no difference."""
    before, after = _written(old), _written(new)
    for place in sorted({*before, *after}, key=lambda place: (place[0], place[1] or "")):
        node, name = place
        if name is not None and (node, None) in before and (node, None) not in after:
            continue  # of a node that is gone
        was, is_ = before.get(place, ""), after.get(place, "")
        if place in before and place in after:
            if was != is_:
                yield Change(ChangeKind.CHANGED, node, node, name, was, is_)
        else:
            kind = ChangeKind.ADDED if place in after else ChangeKind.REMOVED
            yield Change(kind, node, node, name, was, is_)


def _written(board: Board) -> dict[_Place, str]:
    """Each node and property to its value as in a source, empty for nodes and booleans."""
    found: dict[_Place, str] = {}
    for target in board.targets:
        name = target.target if target.is_path else f"&{target.target}"
        found.update(_of(target, name))
    root = ((("/ (the overlay's own root)", prop.name), _text(prop)) for prop in board.overlay.root)
    return {**found, **dict(root)}


def _of(node: Target | NodeSource, name: str) -> Iterator[tuple[_Place, str]]:
    yield (name, None), ""
    for prop in node.properties:
        yield (name, prop.name), _text(prop)
    for child in node.children:
        label = f"{child.label}: " if child.label else ""
        yield from _of(child, f"{name}/{label}{child.name}")


def _text(prop: PropertySource) -> str:
    return "" if isinstance(prop.value, Flag) else ", ".join(dts.value_parts(prop.value))
