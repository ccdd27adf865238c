"""Tree, Node, Property: a devicetree in memory, read only."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

from dtgen.records import dataclass

SYMBOLS = "__symbols__"
FIXUPS = "__fixups__"
LOCAL_FIXUPS = "__local_fixups__"
OVERLAY = "__overlay__"
DORMANT = "__dormant__"
"""What Raspberry Pi's firmware makes an `__overlay__` of where a parameter says so."""
OVERRIDES = "__overrides__"
"""The parameters."""


PHANDLES = ("phandle", "linux,phandle")
"""The number that others refer to a node by: the compiler gives it."""


def child_path(path: str, name: str) -> str:
    """The path of a child."""
    return f"{path.rstrip('/')}/{name}"


def first_match(name: str, children: Collection[str]) -> str | None:
    """The child that libfdt takes a name for: without a unit address it is the first that has any, or none.

    Source: fdt_nodename_eq_() in libfdt's fdt_ro.c.
    """
    if "@" in name:
        return name if name in children else None
    return next((child for child in children if child.partition("@")[0] == name), None)


@dataclass(frozen=True, slots=True)
class Property:
    """A name and its value as bytes, big-endian as in the blob."""

    name: str
    value: bytes

    @property
    def cells(self) -> tuple[int, ...]:
        """The value as 32-bit cells; a remainder of one to three bytes is left out."""
        return struct.unpack_from(f">{len(self.value) // 4}I", self.value)

    @property
    def strings(self) -> tuple[str, ...]:
        """The value as a string list; undecodable bytes are escaped, so that reading never fails."""
        if not self.value:
            return ()
        return tuple(
            part.decode("ascii", "backslashreplace") for part in self.value.removesuffix(b"\0").split(b"\0")
        )

    @property
    def is_strings(self) -> bool:
        """Whether it can be a string list (Devicetree Specification 2.2.4; as dtc guesses it)."""
        value = self.value
        if len(value) < 2 or value[-1] or not value[0]:
            return False
        return all(part and all(32 <= byte < 127 for byte in part) for part in value[:-1].split(b"\0"))


@dataclass(frozen=True, slots=True)
class Node:
    """A node with its path; properties and children are in the order of the blob."""

    name: str
    path: str
    properties: Mapping[str, Property]
    children: Mapping[str, Node]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def child(self, name: str) -> Node | None:
        """The child as libfdt finds it."""
        found = first_match(name, self.children)
        return self.children[found] if found else None

    def strings(self, name: str) -> tuple[str, ...]:
        """The property as a string list, empty where it is absent."""
        prop = self.properties.get(name)
        return prop.strings if prop else ()

    def cell(self, name: str) -> int | None:
        """The first cell of the property, None where it is absent or shorter than a cell."""
        prop = self.properties.get(name)
        return int.from_bytes(prop.value[:4], "big") if prop and len(prop.value) >= 4 else None

    @property
    def compatible(self) -> tuple[str, ...]:
        return self.strings("compatible")

    @property
    def status(self) -> str:
        """`okay` where the property is absent (Devicetree Specification 2.3.4)."""
        return next(iter(self.strings("status")), "okay")


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole tree with its indexes."""

    file: str
    """What messages call it."""
    root: Node
    nodes: Mapping[str, Node] = field(repr=False)
    """By path, parents first; without `__symbols__` and the other nodes of dtc's own."""
    by_phandle: Mapping[int, Node] = field(repr=False)
    symbols: Mapping[str, str] = field(repr=False)
    """Label to path, empty for a blob that was compiled without `-@`."""
    labels: Mapping[str, str] = field(repr=False)
    """Path to the first of its labels."""
    reservations: tuple[tuple[int, int], ...] = ()
    """Addresses and sizes, in bytes, of the memory reservation block."""

    @classmethod
    def of(cls, root: Node, file: str, reservations: tuple[tuple[int, int], ...] = ()) -> Tree:
        """Index the tree below `root`."""
        nodes: dict[str, Node] = {root.path: root}
        for child in root.children.values():
            if not child.name.startswith("__"):
                nodes.update((node.path, node) for node in child.walk())
        by_phandle: dict[int, Node] = {}
        for node in nodes.values():
            phandle = node.cell("phandle" if "phandle" in node.properties else "linux,phandle")
            if phandle is not None:
                by_phandle.setdefault(phandle, node)
        table = root.children.get(SYMBOLS)
        symbols = {p.name: p.strings[0] for p in table.properties.values() if p.strings} if table else {}
        labels: dict[str, str] = {}
        for label, path in sorted(symbols.items()):
            labels.setdefault(path, label)
        return cls(file, root, nodes, by_phandle, symbols, labels, reservations)

    @property
    def is_overlay(self) -> bool:
        """Whether a fragment's `__overlay__` is to be found below the root."""
        return any(OVERLAY in child.children for child in self.root.children.values())

    def at(self, path: str) -> Node | None:
        """The node of exactly this path, `__symbols__` and the like included, which `nodes` leaves out."""
        node: Node | None = self.nodes.get(path)
        if node is None and path.startswith("/__"):
            node = self.root
            for name in path[1:].split("/"):
                node = node.children.get(name) if node else None
        return node

    def find(self, path: str) -> Node | None:
        """The node of a path as libfdt finds it: unit addresses may be left out, aliases may begin it."""
        if not path:
            return None
        first, _, rest = path.partition("/")
        node: Node | None = self.root
        if first:
            aliases = self.root.children.get("aliases")
            target = aliases.strings(first) if aliases else ()
            node = self.find(target[0]) if target and target[0].startswith("/") else None
        for name in filter(None, rest.split("/")):
            node = node.child(name) if node else None
        return node

    def parents(self, path: str) -> Iterator[Node]:
        """The ancestors of a path that this tree has, nearest first, up to the root.

        The path may be another tree's, so that some are not here.
        """
        while path != "/":
            path = path.rpartition("/")[0] or "/"
            if node := self.nodes.get(path):
                yield node

    def name_of(self, path: str) -> str:
        """What a person calls the node: `&label` where it has one, else its path."""
        label = self.labels.get(path)
        return f"&{label}" if label else path
