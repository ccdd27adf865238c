"""The places of an overlay that hold a phandle once it is applied. Source: libfdt's fdt_overlay.c."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dtgen.devicetree.tree import FIXUPS, LOCAL_FIXUPS, Tree


@dataclass(frozen=True, slots=True)
class Fixup:
    """A cell: `path:property:offset`, the offset in bytes."""

    path: str
    property: str
    offset: int


def fixups(tree: Tree) -> dict[str, tuple[Fixup, ...]]:
    """By label of the base: where its phandle is due. What has not the form of a fixup is left out."""
    table = tree.root.children.get(FIXUPS)
    return {
        prop.name: tuple(_parsed(string) for string in prop.strings if string.count(":") == 2)
        for prop in (table.properties.values() if table else ())
    }


def _parsed(string: str) -> Fixup:
    path, name, offset = string.split(":")
    return Fixup(path, name, int(offset) if offset.isdecimal() else -1)


def local_fixups(tree: Tree) -> Iterator[Fixup]:
    """Where the overlay refers to its own nodes."""
    table = tree.root.children.get(LOCAL_FIXUPS)
    for node in table.walk() if table else ():
        path = node.path.removeprefix(table.path) if table else ""
        for prop in node.properties.values():
            for offset in prop.cells:
                yield Fixup(path or "/", prop.name, offset)


def is_stray(tree: Tree, fixup: Fixup) -> bool:
    """Whether there is no such cell. libfdt does not look: it reads and writes where it is told."""
    node = tree.nodes.get(fixup.path)
    prop = node.properties.get(fixup.property) if node else None
    return prop is None or not 0 <= fixup.offset <= len(prop.value) - 4
