"""How the cells of a property are grouped, which of them are phandles, and how a person writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from dtgen.devicetree.cells import ID_MAPS, SPECIFIERS, four_cell_starts, id_map, specifiers
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Subject

Word = int | Node
"""A cell, or the node that it is the phandle of."""
Entry = tuple[Word, ...]
Shape = Callable[[Tree, Node, Property], Iterator[Entry]]

# Properties whose entries are a phandle and a number of cells that the binding, and no provider, says.
# None: a single entry, of whatever length.
# Source: the kernel's bindings; complete for the Qualcomm boards of Linux v7.1
_PHANDLE_AND_CELLS: dict[str, int | None] = {
    "qcom,dload-mode": 1,
    "qcom,ext-regs": 2,
    "qcom,freq-domain": 1,
    "qcom,4ln-config-sel": 2,
    "qcom,halt-regs": None,
    "qcom,ipc": 2,
    "qcom,qaccept-regs": 3,
    "qcom,spare-regs": 1,
    "qcom,stream-id-range": 2,
    "qcom,tcsr-reg": None,
    "gpio-ranges": 3,
    "i2c-parent": 1,
} | dict.fromkeys(
    (
        "acc-syscon", "affinity", "arm,cs-dev-assoc", "aux-devs", "backlight", "cpu",
        "cpu-idle-states", "cpus", "domain-idle-states", "extcon", "leds", "monitored-battery",
        "nand-ecc-engine", "next-level-cache", "nvmem", "nvmem-cells", "panel", "peer-hub",
        "phy-handle", "power-supplies", "qcom,acc", "qcom,ice", "qcom,mmio", "qcom,pbs",
        "qcom,rpm-msg-ram", "qcom,rproc", "qcom,rx-device", "qcom,saw", "qcom,saw-reg",
        "qcom,tcsr-syscon", "qcom,tx-device", "richtek,usb-connector", "shmem", "slim-ifc-dev",
        "snps,mtl-rx-config", "snps,mtl-tx-config", "trip", "wakeup-parent",
    ),
    0,
)  # fmt: skip
_PHANDLES = re.compile(r"^(.*-supply|pinctrl-\d+)$")
_GPIOS = re.compile(r"^(.+-)?gpios?$")


def value_text(tree: Tree, node: Node, prop: Property, labels: Mapping[str, str] | None = None) -> str:
    """The value as in a source: `<&label 0x3000 0x0>`, `"string"`, `[00 ff]`; empty for a boolean.

    `labels`: path to label, where they are not the tree's own.
    """
    labels = tree.labels if labels is None else labels
    if not prop.value:
        return ""
    entries = shaped(tree, node, prop)
    if entries is None and prop.is_strings:
        return ", ".join(quoted(string) for string in prop.strings)
    if entries is None and len(prop.value) % 4 == 0:
        entries = (prop.cells,)
    if entries is None:
        return f"[{prop.value.hex(' ')}]"
    return ", ".join(f"<{' '.join(_word(labels, word) for word in entry)}>" for entry in entries)


def _word(labels: Mapping[str, str], word: Word) -> str:
    if isinstance(word, int):
        return hex(word)
    label = labels.get(word.path)
    return f"&{label}" if label else f"&{{{word.path}}}"


def quoted(text: str) -> str:
    """A DTS string literal (Devicetree Specification 6.3: C escapes)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(c if 32 <= ord(c) < 127 else _escaped_bytes(c) for c in escaped) + '"'


def _escaped_bytes(character: str) -> str:
    # octal has at most three digits, so that a hex digit that follows is not swallowed
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def shaped(tree: Tree, node: Node, prop: Property) -> tuple[Entry, ...] | None:
    """The value's entries, None where its shape is not known or is not the value's."""
    shape = _shape(node, prop.name)
    if shape is None or not prop.value or len(prop.value) % 4:
        return None
    entries = tuple(shape(tree, node, prop))
    return entries if sum(map(len, entries)) * 4 == len(prop.value) else None


def referring(tree: Tree, wanted: Node) -> Iterator[Subject]:
    """The properties that refer to a node, as far as their shape is known."""
    for node in tree.nodes.values():
        for prop in node.properties.values():
            entries = shaped(tree, node, prop) or ()
            if any(word is wanted for entry in entries for word in entry):
                yield Subject(node.path, prop.name)


def bare_phandles(tree: Tree, node: Node, prop: Property) -> Iterable[int]:
    """The cells that are phandles, of a property that is no list of `SPECIFIERS` and no map of `ID_MAPS`.

    As far as they are known: a GPIO behind one of an unknown controller is not. An empty entry is 0.
    """
    shape = _shape(node, prop.name)
    if shape not in (_phandle_and_cells, _gpios) or not prop.value or len(prop.value) % 4:
        return ()
    if shape is _gpios:
        return _controllers(tree, prop.cells)
    count = _PHANDLE_AND_CELLS.get(prop.name, 0)
    return prop.cells[:1] if count is None else prop.cells[:: 1 + count]


def _controllers(tree: Tree, cells: tuple[int, ...]) -> Iterator[int]:
    at = 0
    while at < len(cells):
        yield cells[at]
        provider = tree.by_phandle.get(cells[at])
        if provider is None and cells[at]:
            return
        at += 1 + ((provider.cell("#gpio-cells") or 0) if provider else 0)


def _shape(node: Node, name: str) -> Shape | None:
    shape = _named_shape(name)
    return None if shape is _gpios and "gpio-hog" in node.properties else shape


@cache  # of a few hundred names
def _named_shape(name: str) -> Shape | None:
    if name in _SHAPES:
        return _SHAPES[name]
    if name in SPECIFIERS:
        return _specifiers
    if name in ID_MAPS:
        return _id_map
    if name in _PHANDLE_AND_CELLS or _PHANDLES.match(name):
        return _phandle_and_cells
    return _gpios if _GPIOS.match(name) else None


def _referenced(tree: Tree, cell: int) -> Word:
    return tree.by_phandle.get(cell, cell)


def _specifiers(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    for entry in specifiers(tree, prop):
        yield (entry.provider or entry.phandle, *entry.args)


def _pairs(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    """`interconnects`: two ends an entry."""
    ends = list(_specifiers(tree, node, prop))
    for first in range(0, len(ends), 2):
        yield tuple(word for end in ends[first : first + 2] for word in end)


def _phandle_and_cells(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    count = _PHANDLE_AND_CELLS.get(prop.name, 0)
    for phandle, *rest in _groups(prop, len(prop.cells) if count is None else 1 + count):
        yield (_referenced(tree, phandle), *rest)


def _id_map(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    for entry in id_map(tree, prop, four_cell_starts(tree, prop)):
        if entry.phandle is not None:
            yield (entry.input, _referenced(tree, entry.phandle), *entry.cells[2:])


def _gpios(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    return _counted(tree, prop, "#gpio-cells")


def _counted(tree: Tree, prop: Property, cells_name: str) -> Iterator[Entry]:
    cells, at = prop.cells, 0
    while at < len(cells):
        provider = tree.by_phandle.get(cells[at])
        stop = at + 1 + ((provider.cell(cells_name) or 0) if provider else 0)
        yield (provider or cells[at], *cells[at + 1 : stop])
        at = stop


def _reg(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    return _groups(prop, sum(_parent_cells(tree, node)))


def _ranges(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    own, size = cells_of(node)
    return _groups(prop, own + _parent_cells(tree, node)[0] + size)


def _interrupts(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    parent = interrupt_parent(tree, node)
    for entry in _groups(prop, (parent.cell("#interrupt-cells") or 0) if parent else 0):
        if parent and len(entry) == 4 and "arm,gic-v3" in parent.compatible:
            # the fourth cell is a PPI partition. Source: arm,gic-v3.yaml
            yield (*entry[:3], _referenced(tree, entry[3]) if entry[3] else 0)
        else:
            yield entry


def _interrupt_map(tree: Tree, node: Node, prop: Property) -> Iterator[Entry]:
    """Source: Devicetree Specification 2.4.3.1."""
    cells, at = prop.cells, 0
    before = cells_of(node)[0] + (node.cell("#interrupt-cells") or 0)
    while at + before < len(cells):
        parent = tree.by_phandle.get(cells[at + before])
        if parent is None:
            return
        stop = at + before + 1 + (parent.cell("#address-cells") or 0) + (parent.cell("#interrupt-cells") or 0)
        yield (*cells[at : at + before], parent, *cells[at + before + 1 : stop])
        at = stop


_SHAPES: dict[str, Shape] = {
    "dma-ranges": _ranges,
    "interconnects": _pairs,
    "interrupt-map": _interrupt_map,
    "interrupts": _interrupts,
    "ranges": _ranges,
    "reg": _reg,
}


def interrupt_parent(tree: Tree, node: Node) -> Node | None:
    """The controller or nexus that a node's `interrupts` go to. Source: Devicetree Specification 2.4."""
    for place in (node, *tree.parents(node.path)):
        if place is not node and "#interrupt-cells" in place.properties:
            return place
        phandle = place.cell("interrupt-parent")
        if phandle is not None:
            return tree.by_phandle.get(phandle)
    return None


def _groups(prop: Property, size: int) -> Iterator[tuple[int, ...]]:
    """Whole groups only."""
    cells = prop.cells
    for first in range(0, len(cells) - size + 1, size) if size else ():
        yield cells[first : first + size]


def cells_of(node: Node) -> tuple[int, int]:
    """`#address-cells`, `#size-cells` for the node's children. Source: Devicetree Specification 2.3.5."""
    address, size = node.cell("#address-cells"), node.cell("#size-cells")
    return (2 if address is None else address), (1 if size is None else size)


def _parent_cells(tree: Tree, node: Node) -> tuple[int, int]:
    parent = next(tree.parents(node.path), None)
    return cells_of(parent) if parent else (2, 1)
