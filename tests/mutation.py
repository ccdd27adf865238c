"""Trees that are wrong in one known way, or in hundreds: seeded mutations of real ones.

Consumers are given wrong values; providers change under consumers that nobody touches. libfdt does the
editing, so every mutated blob is a sound blob.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count, cycle, islice
from typing import TypeVar

import libfdt

from dtgen.devicetree import blob
from dtgen.devicetree.cells import SPECIFIERS
from dtgen.devicetree.tree import Node, Property
from dtgen.devicetree.values import shaped

T = TypeVar("T")

SPACE = 1 << 16
"""Bytes that one mutation may add, and hundreds: they remove about as much."""

# dtschema's decoder ends with an exception, or never, where these are wrong
_FRAGILE = {"compatible", "interrupt-parent", "iommu-map", "phandle", "ranges", "dma-ranges", "reg", "status"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """`name`: what is wrong, and where."""

    name: str
    blob: bytes


class _NoPlace(Exception):
    """The tree has nothing that the mutation could be made of."""


class _Edit:
    """A tree as it was, a blob that is being changed, and what happens to be chosen."""

    def __init__(self, data: bytes, rng: random.Random, careful: bool = False) -> None:
        """`careful`: leave alone what dtschema's decoder would trip over."""
        self.rng, self.careful = rng, careful
        self.tree = blob.read(data, "the tree to be mutated")
        self.fdt = libfdt.Fdt(data)
        self.fdt.resize(len(data) + SPACE)

    @cached_property
    def places(self) -> list[tuple[Node, Property]]:
        """Properties of nodes that a binding knows, which is where mistakes are found."""
        return [
            (node, prop)
            for node in self.tree.nodes.values()
            if node.compatible
            for prop in node.properties.values()
            if not self.careful or not (prop.name in _FRAGILE or prop.name.startswith(("#", "interrupt")))
        ]

    @cached_property
    def lists(self) -> list[tuple[Node, Property]]:
        """Those that refer to other nodes."""
        return [(node, prop) for node, prop in self.places if prop.name in SPECIFIERS and prop.value]

    @cached_property
    def providers(self) -> list[Node]:
        """Nodes that some list refers to."""
        cells = {prop.cells[0] for _, prop in self.lists if prop.cells}
        return [node for phandle, node in self.tree.by_phandle.items() if phandle in cells]

    def any_of(self, found: Iterable[T]) -> T:
        choice = list(found)
        if not choice:
            raise _NoPlace
        return self.rng.choice(choice)

    def node(self, wanted: Callable[[Node], object]) -> Node:
        return self.any_of(node for node in self.tree.nodes.values() if node.path != "/" and wanted(node))

    def at(self, node: Node) -> int:
        offset = self.fdt.path_offset(node.path, libfdt.QUIET_NOTFOUND)
        if offset < 0:
            raise _NoPlace  # an earlier mutation has removed or renamed it
        return offset

    def put(self, node: Node, name: str, value: bytes) -> str:
        self.fdt.setprop(self.at(node), name, value)
        return f"{node.path}: {name} = {value.hex() if len(value) < 64 else f'({len(value)} bytes)'}"

    def remove(self, node: Node, name: str) -> str:
        if self.fdt.delprop(self.at(node), name, libfdt.QUIET_NOTFOUND) < 0:
            raise _NoPlace
        return f"{node.path}: no {name}"

    def remove_node(self, node: Node) -> str:
        self.fdt.del_node(self.at(node))
        return f"no {node.path}"

    def result(self) -> bytes:
        self.fdt.pack()
        return bytes(self.fdt.as_bytearray())


# Mutations: they change the blob and return what they did. Raises: _NoPlace.


def _cell_too_few(edit: _Edit) -> str:
    node, prop = edit.any_of(edit.lists)
    return edit.put(node, prop.name, prop.value[:-4])


def _cell_too_many(edit: _Edit) -> str:
    node, prop = edit.any_of(edit.lists)
    return edit.put(node, prop.name, prop.value + prop.value[:4])


def _entry_too_many(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if prop.value)
    return edit.put(node, prop.name, prop.value * 2)


def _misspelt(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if len(prop.name) > 3)
    at = edit.rng.randrange(1, len(prop.name) - 1)
    edit.remove(node, prop.name)
    return edit.put(node, prop.name[:at] + prop.name[at + 1 :], prop.value)


def _of_another_type(edit: _Edit) -> str:
    node, prop = edit.any_of(edit.places)
    return edit.put(node, prop.name, b"\0\0\0\x01" if prop.is_strings else b"okay\0")


def _cut_short(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if prop.value)
    return edit.put(node, prop.name, prop.value[:-1])


def _without_a_value(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if prop.value)
    return edit.put(node, prop.name, b"")


def _a_flag_with_a_value(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if not prop.value)
    return edit.put(node, prop.name, b"\0\0\0\x01")


def _out_of_range(edit: _Edit) -> str:
    node, prop = edit.any_of((node, prop) for node, prop in edit.places if len(prop.value) == 4)
    return edit.put(node, prop.name, b"\xde\xad\xbe\xef")


def _missing(edit: _Edit) -> str:
    node, prop = edit.any_of(edit.places)
    return edit.remove(node, prop.name)


def unknown_property(edit: _Edit) -> str:
    return edit.put(edit.node(lambda node: node.compatible), "acme,gadget", b"\0\0\0\x01")


def _another_compatible(edit: _Edit) -> str:
    other = edit.node(lambda node: node.compatible).properties["compatible"].value
    return edit.put(
        edit.node(lambda node: node.compatible), "compatible", edit.rng.choice((b"acme,gadget\0", other))
    )


def _no_compatible(edit: _Edit) -> str:
    return edit.remove(edit.node(lambda node: node.compatible), "compatible")


def _no_child(edit: _Edit) -> str:
    parent = edit.node(lambda node: node.compatible and node.children)
    return edit.remove_node(edit.any_of(parent.children.values()))


def _another_name(edit: _Edit) -> str:
    node = edit.node(lambda node: node.compatible and not (edit.careful and node.children))
    stem = node.name.partition("@")[0]
    name = edit.rng.choice((f"x{node.name}", f"{stem}@{edit.rng.randrange(1 << 32):x}"))
    edit.fdt.set_name(edit.at(node), name)
    return f"{node.path} is called {name}"


def _another_status(edit: _Edit) -> str:
    node = edit.node(lambda node: node.compatible)
    status = {"okay": b"disabled\0"}.get(node.status, b"okay\0")
    return edit.put(node, "status", edit.rng.choice((status, status, b"fine\0")))


def _another_count_of_cells(edit: _Edit) -> str:
    """`#iommu-cells` and its like, where somebody says so many."""
    node = edit.any_of(edit.providers)
    prop = edit.any_of(p for name, p in node.properties.items() if name.startswith("#") and len(p.value) == 4)
    return edit.put(node, prop.name, (prop.cells[0] + edit.rng.choice((-1, 1)) & 3).to_bytes(4, "big"))


def _another_size_of_addresses(edit: _Edit) -> str:
    name = edit.rng.choice(("#address-cells", "#size-cells"))
    node = edit.node(lambda node: node.children and name in node.properties)
    return edit.put(node, name, (node.cell(name) or 0).__xor__(3).to_bytes(4, "big"))


def _another_size_of_interrupts(edit: _Edit) -> str:
    node = edit.node(lambda node: node.cell("#interrupt-cells"))
    return edit.put(node, "#interrupt-cells", ((node.cell("#interrupt-cells") or 0) ^ 1).to_bytes(4, "big"))


def _no_count_of_cells(edit: _Edit) -> str:
    node = edit.any_of(edit.providers)
    return edit.remove(node, edit.any_of(name for name in node.properties if name.startswith("#")))


def _disabled_provider(edit: _Edit) -> str:
    return edit.put(edit.any_of(edit.providers), "status", b"disabled\0")


def _disabled_parent(edit: _Edit) -> str:
    """Of a few nodes, or of most of them: `soc@0`."""
    node = edit.node(lambda node: node.children and node.status == "okay")
    top = edit.any_of(child for child in edit.tree.root.children.values() if child.path in edit.tree.nodes)
    return edit.put(edit.rng.choice((node, top)), "status", b"disabled\0")


def _enabled_parent(edit: _Edit) -> str:
    return edit.put(edit.node(lambda n: n.children and n.status == "disabled"), "status", b"okay\0")


def _another_phandle(edit: _Edit) -> str:
    free = next(phandle for phandle in count(1) if phandle not in edit.tree.by_phandle)
    return edit.put(edit.any_of(edit.providers), "phandle", free.to_bytes(4, "big"))


def _no_provider(edit: _Edit) -> str:
    return edit.remove_node(edit.any_of(edit.providers))


def swap_phandles(edit: _Edit) -> str:
    """Consistently, so that nothing is wrong: numbers are the compiler's."""
    if len(edit.providers) < 2:
        raise _NoPlace
    one, other = edit.rng.sample(edit.providers, 2)
    numbers = {node.path: node.properties["phandle"].value for node in (one, other)}
    swapped = {one.path: numbers[other.path], other.path: numbers[one.path]}
    for node in edit.tree.nodes.values():
        for prop in node.properties.values():
            words = [word for entry in shaped(edit.tree, node, prop) or () for word in entry]
            if any(isinstance(word, Node) and word.path in swapped for word in words):
                cells = (
                    swapped.get(word.path, word.properties["phandle"].value)
                    if isinstance(word, Node)
                    else word.to_bytes(4, "big")
                    for word in words
                )
                edit.put(node, prop.name, b"".join(cells))
    for node in (one, other):
        edit.put(node, "phandle", swapped[node.path])
    return f"the phandles of {one.path} and {other.path} are swapped"


Kind = Callable[[_Edit], str]

CONSUMERS: tuple[Kind, ...] = (
    _cell_too_few, _cell_too_many, _entry_too_many, _misspelt, _of_another_type, _cut_short,
    _without_a_value, _a_flag_with_a_value, _out_of_range, _missing, unknown_property, _another_compatible,
    _no_compatible, _no_child, _another_name, _another_status,
)  # fmt: skip
PROVIDERS: tuple[Kind, ...] = (
    _another_count_of_cells, _another_size_of_addresses, _another_size_of_interrupts, _no_count_of_cells,
    _disabled_provider, _disabled_parent, _enabled_parent, _another_phandle, _no_provider, swap_phandles,
)  # fmt: skip
KINDS = CONSUMERS + PROVIDERS
_DENSE: tuple[Kind, ...] = (
    _cell_too_few, _cell_too_many, _entry_too_many, _misspelt, _of_another_type, _out_of_range, _missing,
    unknown_property, _another_name,
)  # fmt: skip


def mutations(data: bytes, seed: int, kinds: tuple[Kind, ...] = CONSUMERS + PROVIDERS) -> Iterator[Mutation]:
    """Without end: of each kind one, then of each kind another. A kind that has no place is left out."""
    rng = random.Random(seed)
    for kind in cycle(kinds):
        edit = _Edit(data, random.Random(rng.random()))
        try:
            what = kind(edit)
        except _NoPlace:
            continue
        yield Mutation(f"{kind.__name__.strip('_')} ({what})", edit.result())


def dense(data: bytes, seed: int, mistakes: int) -> Mutation:
    """About so many mistakes in one tree, of consumers only, and such that dtschema can decode it."""
    edit, made = _Edit(data, random.Random(seed), careful=True), 0
    for kind in islice(cycle(_DENSE), mistakes):
        with contextlib.suppress(_NoPlace):
            kind(edit)
            made += 1
    return Mutation(f"{made} mistakes", edit.result())
