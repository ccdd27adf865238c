"""Phandle-and-specifier lists: which properties are, and what their entries refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dtgen.devicetree.tree import Node, Property, Tree

# Property to the provider's property that says how many cells follow the phandle; None where none do.
# Source: Devicetree Specification 2.3-2.4 and the kernel's drivers/of/property.c
SPECIFIERS: dict[str, str | None] = {
    "assigned-clock-parents": "#clock-cells",
    "assigned-clocks": "#clock-cells",
    "clocks": "#clock-cells",
    "cooling-device": "#cooling-cells",
    "dmas": "#dma-cells",
    "hwlocks": "#hwlock-cells",
    "hwspinlocks": "#hwlock-cells",
    "interconnects": "#interconnect-cells",
    "interrupt-parent": None,
    "interrupts-extended": "#interrupt-cells",
    "io-channels": "#io-channel-cells",
    "iommus": "#iommu-cells",
    "mboxes": "#mbox-cells",
    "memory-region": None,
    "msi-parent": "#msi-cells",
    "mux-controls": "#mux-control-cells",
    "operating-points-v2": None,
    "phys": "#phy-cells",
    "power-domains": "#power-domain-cells",
    "pwms": "#pwm-cells",
    "qcom,bcm-voters": None,
    "qcom,gmu": None,
    "qcom,qmp": None,
    "qcom,smem-states": "#qcom,smem-state-cells",
    "remote-endpoint": None,
    "required-opps": None,
    "resets": "#reset-cells",
    "sound-dai": "#sound-dai-cells",
    "sram": None,
    "thermal-sensors": "#thermal-sensor-cells",
}

# Where the kernel takes a provider without the property for one that needs no cells.
# Source: of_msi_get_domain() in drivers/of/irq.c
_OPTIONAL = ("#msi-cells",)

# Tuples of (input id, phandle, output id, length), the phandle in the second cell.
# Source: of_map_id() in the kernel's drivers/of/base.c
ID_MAPS = ("iommu-map", "msi-map")
ID_MAP_CELLS = 4


@dataclass(frozen=True, slots=True)
class Specifier:
    """One entry of a phandle-and-specifier list."""

    offset: int
    """Of the phandle in the value, in bytes."""
    phandle: int
    provider: Node | None
    """None where no node has the phandle."""
    args: tuple[int, ...]
    """The cells after the phandle, as many as are there."""
    expected: int | None
    """How many there should be; None where the provider does not say (or there is none)."""

    @property
    def sound(self) -> bool:
        return self.provider is not None and self.expected == len(self.args)


def specifiers(tree: Tree, prop: Property, starts: tuple[int, ...] = ()) -> Iterator[Specifier]:
    """Split a phandle-and-specifier list of `SPECIFIERS`.

    `starts`: byte offsets that are known to hold a phandle (from an overlay's fixups). Where they are
    given, an entry ends where the next one starts, so that a wrong cell count is seen in its own entry.
    Stops after an entry whose length nobody knows.
    """
    cells = prop.cells
    name = SPECIFIERS[prop.name]
    known = sorted(start // 4 for start in starts)
    at = 0
    while at < len(cells):
        phandle = cells[at]
        provider = tree.by_phandle.get(phandle)
        expected = _expected(name, phandle, provider)
        following = [start for start in known if start > at]
        if known:
            stop = following[0] if following else len(cells)
        elif expected is None:
            stop = len(cells)
        else:
            stop = at + 1 + expected
        yield Specifier(at * 4, phandle, provider, cells[at + 1 : stop], expected)
        at = stop


def _expected(name: str | None, phandle: int, provider: Node | None) -> int | None:
    """Source: of_phandle_iterator_next() in the kernel's drivers/of/base.c."""
    if name is None or not phandle:  # a phandle of 0 is an empty entry
        return 0
    if provider is None:
        return None
    missing = 0 if name in _OPTIONAL else None
    return provider.cell(name) if name in provider.properties else missing
