"""What changed between two trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dtgen.devicetree.cells import ID_MAPS, SPECIFIERS, dts_value
from dtgen.devicetree.tree import Node, Property, Tree


class Kind(Enum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A property (or, where `property` is None, a node) that is in one tree only or differs."""

    kind: Kind
    path: str
    name: str
    """Of the node: `&label`, or its path where it has no label."""
    property: str | None
    old: str
    new: str
    """The values as in a source; empty for booleans, for nodes and where there is none."""


def changes(old: Tree, new: Tree) -> Iterator[Change]:
    """From `old` to `new`, by path; the children of an added node are listed, of a removed one not.

    `phandle` properties are left out: their numbers are the compiler's, and references show labels.
    """
    for path in sorted({*old.nodes, *new.nodes}):
        before, after = old.nodes.get(path), new.nodes.get(path)
        if after is None:
            if path.rpartition("/")[0] in new.nodes or path.count("/") == 1:
                yield Change(Kind.REMOVED, path, old.name_of(path), None, "", "")
            continue
        if before is None:
            yield Change(Kind.ADDED, path, new.name_of(path), None, "", "")
        yield from _properties(old, new, before, after)


def _properties(old: Tree, new: Tree, before: Node | None, after: Node) -> Iterator[Change]:
    then = before.properties if before else {}
    now = after.properties
    name = new.name_of(after.path)
    for prop in sorted({*then, *now} - {"phandle", "linux,phandle"}):
        was, is_ = then.get(prop), now.get(prop)
        if was and is_ and (was.value == is_.value or _same_references(old, was, new, is_)):
            continue
        kind = Kind.CHANGED if was and is_ else Kind.ADDED if is_ else Kind.REMOVED
        yield Change(
            kind,
            after.path,
            name,
            prop,
            dts_value(old, was) if was else "",
            dts_value(new, is_) if is_ else "",
        )


def _same_references(old: Tree, was: Property, new: Tree, is_: Property) -> bool:
    """Whether two lists refer to the same nodes, under whatever numbers."""
    known = was.name in SPECIFIERS or was.name in ID_MAPS
    return known and dts_value(old, was) == dts_value(new, is_)
