"""What dtschema's decoder would trip over, so that it is named instead.

The decoder takes a tree to be sound: it loops without end over entries of no cells, and gives up with
Python's own errors on values that are missing, cut short, or refer to nothing.
Source: dtschema/dtb.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dtgen.devicetree.cells import ID_MAP_CELLS
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Subject

_NEED_A_VALUE = ("compatible", "interrupt-map", "interrupt-parent", "interrupts", "iommu-map", "reg")


_Phandles = Mapping[int | None, Node]


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be decoded. `subject` is None where dtschema names no node."""

    subject: Subject | None
    message: str


def undecodable(tree: Tree, types: Callable[[str], list[str]]) -> Iterator[Problem]:
    """`types`: the types that the bindings give to a property."""
    # of two nodes with one phandle, dtschema takes the later one
    phandles = {node.cell("phandle"): node for node in tree.nodes.values()}
    for node in tree.nodes.values():
        for prop in node.properties.values():
            reason = _reason(tree, phandles, node, prop, types)
            if reason:
                yield Problem(Subject(node.path, prop.name), f"{prop.name} {reason}")


def _reason(
    tree: Tree, phandles: _Phandles, node: Node, prop: Property, types: Callable[[str], list[str]]
) -> str | None:
    if not prop.value:
        return "has no value" if prop.name in _NEED_A_VALUE else None
    if prop.name.startswith("#") and prop.name.endswith("-cells") and len(prop.value) != 4:
        return f"has {len(prop.value)} bytes, not one cell"
    if (
        not prop.value.isascii()
        and prop.value.endswith(b"\0")
        and any("string" in t for t in types(prop.name))
    ):
        return "is a text that is not ASCII"
    match prop.name:
        case "interrupt-parent":
            return None if prop.cells and prop.cells[0] in phandles else "is no node's phandle"
        case "interrupts":
            return (
                None
                if _interrupt_cells(tree, phandles, node)
                else "has entries of no cells (#interrupt-cells)"
            )
        case "ranges" | "dma-ranges":
            own = (node.cell("#address-cells") or 0) + (node.cell("#size-cells") or 0)
            return None if own + _inherited(tree, node, "#address-cells", 2) else "has entries of no cells"
        case "iommu-map":
            providers = prop.cells[1::ID_MAP_CELLS]
            if len(prop.cells) % ID_MAP_CELLS:
                return f"has {len(prop.cells)} cells, not a multiple of {ID_MAP_CELLS}"
            return None if all(phandle in phandles for phandle in providers) else "has a phandle of no node"
        case name if "address" in types(name):
            sizes = _inherited(tree, node, "#address-cells", 2) + _inherited(tree, node, "#size-cells", 1)
            return None if sizes else "has entries of no cells (#address-cells and #size-cells are 0)"
    return None


def _inherited(tree: Tree, node: Node, name: str, default: int) -> int:
    """A cell of the nearest node above that has it, as dtschema looks it up (the kernel does not inherit)."""
    for parent in tree.parents(node.path):
        if name in parent.properties:
            return parent.cell(name) or 0
    return default


def _interrupt_cells(tree: Tree, phandles: _Phandles, node: Node) -> int:
    for place in (node, *tree.parents(node.path)):
        if place is not node and "#interrupt-cells" in place.properties:
            return place.cell("#interrupt-cells") or 0
        phandle = place.cell("interrupt-parent")
        if phandle is not None and phandle in phandles:
            return phandles[phandle].cell("#interrupt-cells") or 0
    return 1


def culprit(error: Exception) -> Subject | None:
    """The property that dtschema's decoder was at, read off the traceback; None where that does not tell.

    Its first pass goes down the nodes (`fdt_scan_node`, `node_props`), the later ones over what the
    first has made (`dt` a node, `k` a property of it).
    """
    names: list[str] = []
    root: object = None
    found: Subject | None = None
    traceback = error.__traceback__
    while traceback:
        here = traceback.tb_frame.f_locals
        match traceback.tb_frame.f_code.co_name:
            case "fdt_unflatten":
                root = here.get("dt")
            case "fdt_scan_node":
                names.append(here["nodename"])
            case "node_props" if "p" in here:
                found = Subject("/" + "/".join(names[1:]), here["p"].name)
            case (
                "fixup_gpios" | "fixup_interrupts" | "fixup_addresses" | "fixup_iommu_map" | "fixup_phandles"
            ):
                path = _path_of(here.get("dt"), root, "/")
                name = here.get("k") if not isinstance(here.get("v"), dict) else None
                found = Subject(path, name) if path and name else found
        traceback = traceback.tb_next
    return found


def _path_of(wanted: object, node: object, path: str) -> str | None:
    if wanted is node:
        return path
    for name, child in node.items() if isinstance(node, dict) else ():
        found = _path_of(wanted, child, f"{path.rstrip('/')}/{name}") if isinstance(child, dict) else None
        if found:
            return found
    return None
