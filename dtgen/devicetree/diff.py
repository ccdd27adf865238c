"""What changed between two trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from dtgen.devicetree.tree import PHANDLES, Node, Property, Tree
from dtgen.devicetree.values import Entry, shaped, value_text
from dtgen.diagnostics import Subject
from dtgen.records import dataclass


class ChangeKind(Enum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A property (or, where `property` is None, a node) that is in one tree only or differs."""

    kind: ChangeKind
    path: str
    name: str
    """Of the node: `&label`, or its path where it has no label."""
    property: str | None
    old: str
    new: str
    """The values as in a source; empty for booleans, for nodes and where there is none."""


def changes(old: Tree, new: Tree) -> Iterator[Change]:
    """From `old` to `new`, by path; the children of an added node are listed, of a removed one not.

    Blind to phandle numbers: they are the compiler's. References are equal when they lead to nodes of
    the same path.
    """
    if old.reservations != new.reservations:
        then, now = (_reservations(tree) for tree in (old, new))
        yield Change(ChangeKind.CHANGED, "/", "/", "/memreserve/", then, now)
    renumbered = _renumbered(old, new)
    labels = {**old.labels, **new.labels}  # one of them may have been compiled without
    for path in sorted({*old.nodes, *new.nodes}):
        before, after = old.nodes.get(path), new.nodes.get(path)
        if before is None:
            yield Change(ChangeKind.ADDED, path, _name(labels, path), None, "", "")
        if after is not None:
            if renumbered or before is None or before.properties != after.properties:
                yield from _properties(old, new, before, after, labels)
        elif next(old.parents(path)).path in new.nodes:
            yield Change(ChangeKind.REMOVED, path, _name(labels, path), None, "", "")


def changed(old: Tree, new: Tree, place: Subject) -> bool:
    """Whether a node of the new tree, or a property of it, is new there or differs; blind as `changes`."""
    before, after, name = old.nodes.get(place.path), new.nodes[place.path], place.property
    if name in PHANDLES:
        return False
    if before is None or name is None:
        return before is None
    was = before.properties.get(name)
    return was is None or not same(old, before, was, new, after, after.properties[name])


def _name(labels: Mapping[str, str], path: str) -> str:
    return f"&{labels[path]}" if path in labels else path


def _properties(
    old: Tree, new: Tree, before: Node | None, after: Node, labels: Mapping[str, str]
) -> Iterator[Change]:
    then = before.properties if before else {}
    now = after.properties
    name = _name(labels, after.path)
    for prop in sorted({*then, *now} - {*PHANDLES}):
        was, is_ = then.get(prop), now.get(prop)
        if was and is_ and before and same(old, before, was, new, after, is_):
            continue
        kind = ChangeKind.CHANGED if was and is_ else ChangeKind.ADDED if is_ else ChangeKind.REMOVED
        was_text = value_text(old, before, was, labels) if before and was else ""
        is_text = value_text(new, after, is_, labels) if is_ else ""
        yield Change(kind, after.path, name, prop, was_text, is_text)


def _renumbered(old: Tree, new: Tree) -> bool:
    """Whether some phandle is of another node in the new tree, so that equal bytes prove nothing."""
    return any(
        (other := new.by_phandle.get(phandle)) is None or other.path != node.path
        for phandle, node in old.by_phandle.items()
    )


def same(old: Tree, before: Node, was: Property, new: Tree, after: Node, is_: Property) -> bool:
    """Whether two values are equal, or equal but for the numbers of the phandles in them."""
    then, now = shaped(old, before, was), shaped(new, after, is_)
    if then is None or now is None:
        return was.value == is_.value
    return _places(then) == _places(now)


def _places(entries: tuple[Entry, ...]) -> list[list[int | str]]:
    return [[word if isinstance(word, int) else word.path for word in entry] for entry in entries]


def _reservations(tree: Tree) -> str:
    return ", ".join(f"<{address:#x} {size:#x}>" for address, size in tree.reservations)
