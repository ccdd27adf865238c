"""Trees as dtschema decodes them, in a sixth of the time; whatever is unusual is a doubt, and left to it.

Source: fdt_unflatten() in dtschema's dtb.py, as of 2026.9, with what it calls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dtgen.bindings.decode import DecodedNode, cut_short
from dtgen.bindings.fast import typed
from dtgen.bindings.fast.types import Types
from dtgen.devicetree.fixups import PLACEHOLDER
from dtgen.devicetree.tree import FIXUPS, LOCAL_FIXUPS, Node, Tree
from dtgen.validity.parts import Doubt

RELEASE = "2026.9"
"""Of dtschema: earlier ones decode some values otherwise."""

_COUNTS: dict[str, str | int | None] = {
    "assigned-clocks": "#clock-cells", "assigned-clock-parents": "#clock-cells",
    "cooling-device": "#cooling-cells", "interrupts-extended": "#interrupt-cells",
    "interconnects": "#interconnect-cells", "mboxes": "#mbox-cells", "sound-dai": "#sound-dai-cells",
    "msi-parent": "#msi-cells", "msi-ranges": "#interrupt-cells", "dma-masters": "#dma-cells",
    "gpio-ranges": 3, "memory-region": None,
}  # fmt: skip
"""Of properties that are no `foos` with `#foo-cells`."""
_INTERRUPTS = ("interrupts", "interrupt-map")
_RANGES = ("ranges", "dma-ranges")


class _Property(NamedTuple):
    """What is known of a property by its name."""

    read: typed.Read
    is_split: bool
    """Whether it may be split into entries once the phandles are known."""


class _Below(NamedTuple):
    """What a node says of the entries of those below it."""

    address: Any
    size: Any
    interrupts: Any
    is_hog: bool


class Decoder:
    """Of trees, with a set of schemas."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._known: dict[str, _Property] = {}

    def decode(self, tree: Tree) -> DecodedNode:
        """The root. Raises: Doubt, or any other exception, where dtschema is to be asked."""
        if any(cut_short(tree)):
            raise Doubt(LOCAL_FIXUPS)
        return _Decoding(self).run(tree.root)

    def property(self, name: str) -> _Property:
        """What is known of those of this name."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = _Property(typed.reader(self._types, name), self._is_split(name))
        return found

    def _is_split(self, name: str) -> bool:
        return (
            name in (*_INTERRUPTS, *_RANGES, "iommu-map")
            or self.is_address(name)
            or _is_gpio(name)
            or self.refers(name)
        )

    def is_address(self, name: str) -> bool:
        return "address" in self._types.of(name)

    def refers(self, name: str) -> bool:
        """Whether it has entries of phandles and as many cells as these say."""
        if "phandle-array" not in self._types.of(name):
            return False
        return name == "dma-masters" or not self._types.has_fixed_dimensions(name)


class _Decoding:
    """Of one tree."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._known = decoder._known
        self._phandles: dict[Any, DecodedNode] = {}
        self._to_split: dict[int, list[str]] = {}
        """By the `id` of a node."""

    def run(self, root: Node) -> DecodedNode:
        decoded = self._read(root, "/")
        self._split_below(decoded, _Below(2, 1, 1, False))
        return decoded

    def _read(self, node: Node, name: str) -> DecodedNode:
        decoded: DecodedNode = {}
        to_split = []
        are_texts = name == "aliases"
        for prop in node.properties.values():
            value, key = prop.value, prop.name
            known = self._known.get(key) or self._decoder.property(key)
            if not value:
                decoded[key] = True
            elif are_texts and key != "phandle":
                decoded[key] = value[:-1].decode("ascii").split("\0")
            else:
                decoded[key] = known.read(value, name)
            if known.is_split:
                to_split.append(key)
        if to_split:
            self._to_split[id(decoded)] = to_split
        if decoded.get("compatible") is True:
            raise Doubt("compatible")
        if "phandle" in decoded:
            self._phandles[decoded["phandle"]] = decoded
        for child in node.children.values():
            if child.name in decoded or child.name == FIXUPS or (child.name == LOCAL_FIXUPS and name != "/"):
                raise Doubt(child.name)
            if not child.name.startswith("__"):
                decoded[child.name] = self._read(child, child.name)
        return decoded

    def _split_below(self, node: DecodedNode, around: _Below) -> None:
        is_hog = around.is_hog or "gpio-hog" in node
        interrupts = around.interrupts
        parent = node.get("interrupt-parent")
        if isinstance(parent, list):
            if parent[0][0] == PLACEHOLDER:
                raise Doubt("interrupt-parent")
            interrupts = self._phandles[parent[0][0]].get("#interrupt-cells", 0)
        for name in self._to_split.get(id(node), ()):
            value = node[name]
            if _is_gpio(name) and not is_hog and isinstance(value, list):
                node[name] = self._gpios(_only_row(value))
            if name == "interrupts" and not isinstance(value, bytes):
                node[name] = _entries(_only_row(value), interrupts)
            elif name == "interrupt-map" and not isinstance(value, bytes):
                node[name] = self._interrupt_map(node, _only_row(value))
            if self._decoder.is_address(name):
                node[name] = _entries(_only_row(node[name]), around.address + around.size)
            elif name in _RANGES and value is not True:
                own = node.get("#address-cells", 0) + node.get("#size-cells", 0)
                node[name] = _entries(_only_row(node[name]), around.address + own)
            if name == "iommu-map":
                node[name] = self._iommu_map(node, _only_row(value))
            if self._decoder.refers(name):
                self._split_references(node, name)
        below = _Below(
            node.get("#address-cells", around.address),
            node.get("#size-cells", around.size),
            node.get("#interrupt-cells", interrupts),
            is_hog,
        )
        for value in node.values():
            if type(value) is dict:
                self._split_below(value, below)

    # Each as the function of dtschema that it is called after

    def _gpios(self, cells: list[int]) -> list[list[int]]:
        entries, start = [], 0
        while start < len(cells):
            phandle = cells[start]
            count = self._phandles[_certain(phandle)].get("#gpio-cells", 0) if phandle else 0
            entries.append(cells[start : start + _positive(count + 1)])
            start += count + 1
        return entries

    def _interrupt_map(self, node: DecodedNode, cells: list[int]) -> list[list[int]]:
        before = node.get("#address-cells", 0) + node.get("#interrupt-cells", 0)
        provider = self._phandles[_certain(cells[before])]
        return _entries(
            cells, before + 1 + provider.get("#address-cells", 0) + provider.get("#interrupt-cells", 0)
        )

    def _iommu_map(self, node: DecodedNode, cells: list[int]) -> list[list[int]]:
        before = node.get("#iommu-cells", 0) or 1
        provider = self._phandles[_certain(cells[before])]
        return _entries(cells, before + 1 + provider.get("#iommu-cells", 0) + 1)

    def _split_references(self, node: DecodedNode, name: str) -> None:
        value = node[name]
        if not isinstance(value, list) or len(value) > 1 or not isinstance(value[0], list):
            return
        cells, counted = value[0], _COUNTS.get(name, "")
        if counted == "":
            counted = f"#{name[:-1]}-cells"
            if not name.endswith("s") or "gpio" in name or self._size(cells, counted) == 0:
                return
        if name == "dma-masters" and 1 <= cells[0] <= 4 and counted not in self._phandles.get(cells[0], ()):
            node[name] = cells[0]
            return
        entries, start = [], 0
        while start < len(cells):
            size = self._size(cells[start:], counted)
            if size == 0:
                break
            if name == "msi-ranges":
                size += 1
            if name == "interconnects":
                size += self._size(cells[start + size :], counted)
            entries.append(cells[start : start + _positive(size)])
            start += size
        node[name] = entries

    def _size(self, cells: list[int], counted: str | int | None) -> Any:
        """Of an entry: its phandle, and what it says."""
        if not cells:
            return 0
        phandle = cells[0]
        if phandle == 0 or not counted:
            return 1
        provider = self._phandles.get(_certain(phandle))
        if provider is None:
            return 0
        return (counted if isinstance(counted, int) else provider.get(counted, 0)) + 1


def _is_gpio(name: str) -> bool:
    is_named_so = name.endswith(("-gpios", "-gpio")) or name in ("gpio", "gpios")
    return is_named_so and not name.endswith(",nr-gpios")


def _only_row(value: Any) -> list[int]:
    row = value[0]
    if type(row) is not list:
        raise Doubt("row")
    return row


def _entries(cells: list[int], size: Any) -> list[list[int]]:
    if not cells:
        return []
    return [cells[start : start + size] for start in range(0, len(cells), _positive(size))]


def _positive(size: Any) -> int:
    """dtschema has no end otherwise."""
    if not isinstance(size, int) or size < 1:
        raise Doubt("cells")
    return size


def _certain(phandle: int) -> int:
    if phandle == PLACEHOLDER:
        raise Doubt("phandle")
    return phandle
