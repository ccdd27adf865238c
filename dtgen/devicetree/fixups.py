"""The places of an overlay that hold a phandle once it is applied. Source: libfdt's fdt_overlay.c."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.devicetree.tree import FIXUPS, LOCAL_FIXUPS, Node, Tree
from dtgen.diagnostics import Subject
from dtgen.records import dataclass

PLACEHOLDER = 0xFFFFFFFF
"""What dtc leaves where a fixup will write a phandle."""

# libfdt takes the path to the first colon and the property to the last
_FIXUP = re.compile(r"(?P<path>/[^:]*):(?P<name>[^:]+):(?P<offset>[0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class Fixup:
    """A cell: `path:property:offset`, the offset in bytes."""

    path: str
    property: str
    offset: int


def fixups(tree: Tree) -> dict[str, tuple[Fixup, ...]]:
    """By label of the base: where its phandle is due. See `malformed` for what has no such form."""
    return {
        label: tuple(fixup for fixup in map(_parsed, strings) if fixup)
        for label, strings in _table(tree).items()
    }


def malformed(tree: Tree) -> Iterator[tuple[Subject, str]]:
    """What is wrong with the tables, and where; libfdt says FDT_ERR_BADOVERLAY to all of it."""
    for label, strings in _table(tree).items():
        wrong = [string for string in strings if not _parsed(string)] if strings else [""]
        if wrong:
            shown = ", ".join(f'"{string}"' for string in wrong)
            yield Subject(f"/{FIXUPS}", label), f"{shown} is not a fixup: one is path:property:offset"
        elif not tree.root.children[FIXUPS].properties[label].value.endswith(b"\0"):
            yield Subject(f"/{FIXUPS}", label), "the last fixup has no end"
    for node, path in _local_nodes(tree):
        if tree.at(path) is None and not node.properties and not node.children:
            yield Subject(node.path), f"the overlay has no node {path}"
        for prop in node.properties.values():
            if len(prop.value) % 4:
                yield (
                    Subject(node.path, prop.name),
                    f"{len(prop.value)} bytes are not a whole number of offsets",
                )
            elif not prop.value:  # with a value, `is_stray` looks
                yield Subject(node.path, prop.name), "there is no offset in it"


def _table(tree: Tree) -> dict[str, tuple[str, ...]]:
    table = tree.root.children.get(FIXUPS)
    return {prop.name: prop.strings for prop in table.properties.values()} if table else {}


def _parsed(string: str) -> Fixup | None:
    match = _FIXUP.fullmatch(string)
    return Fixup(match["path"], match["name"], int(match["offset"])) if match else None


def local_fixups(tree: Tree) -> Iterator[Fixup]:
    """Where the overlay refers to its own nodes."""
    for node, path in _local_nodes(tree):
        for prop in node.properties.values():
            for offset in prop.cells:
                yield Fixup(path, prop.name, offset)


def _local_nodes(tree: Tree) -> Iterator[tuple[Node, str]]:
    """The nodes of the table of local fixups, with the paths that they stand for."""
    table = tree.root.children.get(LOCAL_FIXUPS)
    if table:
        yield from ((node, node.path.removeprefix(table.path) or "/") for node in table.walk())


def is_stray(tree: Tree, fixup: Fixup) -> bool:
    """Whether there is no such cell. libfdt does not look: it reads and writes where the property says."""
    node = tree.at(fixup.path)
    prop = node.properties.get(fixup.property) if node else None
    return prop is None or not 0 <= fixup.offset <= len(prop.value) - 4
