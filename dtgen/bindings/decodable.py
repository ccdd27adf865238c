"""What dtschema's decoder trips over, so that it is named instead.

The decoder takes a tree to be sound: it loops without end over entries of no cells, and gives up with
Python's own errors on values that are missing, cut short, or refer to nothing. What it does decode is left
to it, however odd, so that the verdict is its own.
Source: dtschema/dtb.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Subject
from dtgen.errors import DtgenError

_Node = dict[str, Any]
_Types = Callable[[str], list[str]]
_NO_CELLS = "has entries of no cells"
_UNRESOLVED = 0xFFFFFFFF
"""What dtc leaves where a fixup will write a phandle."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be decoded. `subject` is None where dtschema names no node."""

    subject: Subject | None
    message: str


class Undecodable(DtgenError):
    """The decoder would loop without end at a property, or end without a word of which one it was."""

    def __init__(self, subject: Subject, reason: str) -> None:
        super().__init__(reason)
        self.subject = subject


def valueless(tree: Tree) -> Iterator[Problem]:
    """Where the validator itself, behind the decoder, gives up."""
    for node in tree.nodes.values():
        prop = node.properties.get("compatible")
        if prop and not prop.value:
            yield Problem(Subject(node.path, prop.name), "compatible has no value")


@contextmanager
def guarded(decoder: Any, types: _Types) -> Iterator[None]:
    """Let the decoder, dtschema's module `dtb`, raise Undecodable where it would loop without end."""
    if not all(hasattr(decoder, name) for name in ("fixup_interrupts", "fixup_addresses", "phandles")):
        yield  # of another release than those that this was read in
        return
    interrupts, addresses = decoder.fixup_interrupts, decoder.fixup_addresses

    # the originals call themselves by the name that is replaced here, once the root was looked through
    def fixup_interrupts(root: _Node, cells: int) -> None:
        decoder.fixup_interrupts = interrupts
        _check_interrupts(root, "/", cells, decoder.phandles)
        interrupts(root, cells)

    def fixup_addresses(validator: Any, root: _Node, address: int, size: int) -> None:
        decoder.fixup_addresses = addresses
        _check_addresses(root, "/", address, size, types)
        addresses(validator, root, address, size)

    decoder.fixup_interrupts, decoder.fixup_addresses = fixup_interrupts, fixup_addresses
    try:
        yield
    finally:
        decoder.fixup_interrupts, decoder.fixup_addresses = interrupts, addresses


def _check_interrupts(node: _Node, path: str, cells: Any, phandles: Mapping[Any, _Node]) -> None:
    """`cells`: what the nodes above say of an entry's. Source: fixup_interrupts()."""
    parent = node.get("interrupt-parent")
    if isinstance(parent, list) and parent[0][0] != _UNRESOLVED:
        if parent[0][0] not in phandles:
            raise Undecodable(Subject(path, "interrupt-parent"), "is no node's phandle")
        cells = phandles[parent[0][0]].get("#interrupt-cells", 0)
    if cells == 0 and _has_entries(node.get("interrupts")):
        raise Undecodable(Subject(path, "interrupts"), f"{_NO_CELLS} (#interrupt-cells)")
    for name, child in node.items():
        if isinstance(child, dict):
            _check_interrupts(child, _below(path, name), node.get("#interrupt-cells", cells), phandles)


def _check_addresses(node: _Node, path: str, address: Any, size: Any, types: _Types) -> None:
    """`address`, `size`: what the nodes above say of an entry's cells. Source: fixup_addresses()."""
    own_address, own_size = node.get("#address-cells", 0), node.get("#size-cells", 0)
    for name, value in node.items():
        if isinstance(value, dict):
            below = node.get("#address-cells", address), node.get("#size-cells", size)
            _check_addresses(value, _below(path, name), *below, types)
        elif _has_entries(value) and "address" in types(name):
            if address == 0 and size == 0:
                raise Undecodable(Subject(path, name), f"{_NO_CELLS} (#address-cells and #size-cells are 0)")
        elif (
            _has_entries(value)
            and name in ("ranges", "dma-ranges")
            and address == own_address == own_size == 0
        ):
            raise Undecodable(Subject(path, name), f"{_NO_CELLS} (#address-cells and #size-cells are 0)")


def _has_entries(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list) and bool(value[0])


def culprit(error: Exception) -> Subject | None:
    """The property that dtschema's decoder was at, read off the traceback; None where that does not tell.

    Its first pass goes down the nodes (`fdt_scan_node`, `node_props`), the later ones over what the
    first has made (`dt` a node, `k` a property of it). A count of cells that is no number is to blame for
    what it counts.
    """
    if isinstance(error, Undecodable):
        return error.subject
    names: list[str] = []
    path: str | None
    root: object = None
    found: Subject | None = None
    traceback = error.__traceback__
    while traceback:
        here = traceback.tb_frame.f_locals
        match traceback.tb_frame.f_code.co_name:
            case "fdt_unflatten":
                root = here.get("dt")
            case "fdt_scan_node":
                # a frame calls its child's name so, too, while it goes down into it
                path, names = "/" + "/".join(names), [*names, here["nodename"]]
                found = Subject(path, "phandle")  # which it puts into a table itself
            case "node_props" if "p" in here:
                found = Subject("/" + "/".join(names[:-1]), here["p"].name)
            case (
                "fixup_gpios" | "fixup_interrupts" | "fixup_addresses" | "fixup_iommu_map" | "fixup_phandles"
            ):
                path = _path_of(here.get("dt"), root, "/")
                name = here.get("k") if not isinstance(here.get("v"), dict) else None
                found = Subject(path, name) if path and name else found
            case "_get_phandle_arg_size" if isinstance(here.get("node"), dict):
                path, name = _path_of(here["node"], root, "/"), here.get("cellname")
                if path and not isinstance(here["node"].get(name, 0), int):
                    found = Subject(path, name)
        traceback = traceback.tb_next
    return found


def reason(tree: Tree, subject: Subject, error: Exception) -> str:
    """Why the decoder ended at a property, in words where the tree shows it."""
    node = tree.nodes.get(subject.path)
    prop = node.properties.get(subject.property or "") if node else None
    if isinstance(error, Undecodable):
        return str(error)
    shown = _reason(tree, node, prop) if node and prop else None
    return shown or f"cannot be decoded ({type(error).__name__}: {error})"


def _reason(tree: Tree, node: Node, prop: Property) -> str | None:
    if not prop.value:
        return "has no value"
    if prop.name == "phandle" or (prop.name.startswith("#") and prop.name.endswith("-cells")):
        return f"has {len(prop.value)} bytes, not one cell" if len(prop.value) != 4 else None
    if prop.value.endswith(b"\0") and not prop.value.isascii():
        return "is a text that is not ASCII"
    if prop.name == "iommu-map":
        # the decoder takes the first provider for that of all entries. Source: fixup_iommu_map()
        before = node.cell("#iommu-cells") or 1
        if len(prop.cells) <= before:
            return f"has {len(prop.cells)} {'cell' if len(prop.cells) == 1 else 'cells'} and no phandle"
        if prop.cells[before] not in tree.by_phandle:
            return "has a phandle of no node"
    return None


def _path_of(wanted: object, node: object, path: str) -> str | None:
    if wanted is node:
        return path
    for name, child in node.items() if isinstance(node, dict) else ():
        found = _path_of(wanted, child, _below(path, name)) if isinstance(child, dict) else None
        if found:
            return found
    return None


def _below(path: str, name: str) -> str:
    return f"{path.rstrip('/')}/{name}"
