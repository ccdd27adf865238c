"""Phandle-and-specifier lists: which properties are, and what their entries refer to."""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.records import dataclass

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

ID_MAPS = {"iommu-map": "#iommu-cells", "msi-map": "#msi-cells"}
"""Maps of IDs to specifiers, and the provider's property that says how many cells a specifier has."""

_AROUND_OUTPUT = 3
"""Cells of an entry of a map besides its output: first input ID, phandle, length."""


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
        return self.is_empty or (self.provider is not None and self.expected == len(self.args))

    @property
    def is_empty(self) -> bool:
        """Whether it only keeps a place: `<0>`. Source: of_phandle_iterator_next()."""
        return not self.phandle and not self.args


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
        if known:
            stop = next((start for start in known if start > at), len(cells))
            if expected is not None and not any(cells[at + 1 + expected : stop]):
                stop = min(stop, at + 1 + expected)  # what follows are empty entries
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


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One entry of an ID map: first input ID, phandle, output specifier, length."""

    cells: tuple[int, ...]
    """As many as are there."""
    provider: Node | None
    """None where no node has the phandle."""
    expected: int
    """How many cells the output should have; 1 where nobody says."""

    @property
    def sound(self) -> bool:
        return self.provider is not None and len(self.cells) == self.due

    @property
    def due(self) -> int:
        """How many cells the entry should have."""
        return _AROUND_OUTPUT + self.expected

    @property
    def input(self) -> int:
        return self.cells[0]

    @property
    def phandle(self) -> int | None:
        """None where the value ends before it."""
        return self.cells[1] if len(self.cells) > 1 else None

    @property
    def output(self) -> tuple[int, ...]:
        """Of a sound entry."""
        return self.cells[2:-1]

    @property
    def length(self) -> int:
        """How many input IDs a sound entry has."""
        return self.cells[-1]


def id_map(tree: Tree, prop: Property, starts: tuple[int, ...] = ()) -> Iterator[MapEntry]:
    """Split a map of `ID_MAPS` as Linux does from v7.2 on; earlier releases take four cells always.

    `starts`: as for `specifiers()`. Without them, the last entry is the first that is not sound.

    Source: of_map_id() in the kernel's drivers/of/base.c.
    """
    cells, name = prop.cells, ID_MAPS[prop.name]
    bounds = sorted(start // 4 - 1 for start in starts)
    four = has_four_cell_entries(tree, prop)
    at = 0
    while at < len(cells):
        provider = tree.by_phandle.get(cells[at + 1]) if at + 1 < len(cells) else None
        says = provider.cell(name) if provider and not four else None
        expected = 1 if says is None else says
        stop = at + _AROUND_OUTPUT + expected
        if bounds:
            stop = next((bound for bound in bounds if bound > at), len(cells))
        entry = MapEntry(cells[at:stop], provider, expected)
        yield entry
        if not entry.sound and not bounds:
            return
        at = stop


def has_four_cell_entries(tree: Tree, prop: Property) -> bool:
    """Whether Linux takes the outputs for one cell although the provider has two.

    So they were written before v7.2. Source: of_check_bad_map() in the kernel's drivers/of/base.c.
    """
    cells = prop.cells
    if not cells or len(cells) % 4:
        return False
    provider = tree.by_phandle.get(cells[1])
    two = provider is not None and provider.cell(ID_MAPS[prop.name]) == 2
    return two and set(cells[1::4]) == {cells[1]} and set(cells[3::4]) == {1}


def four_cell_starts(tree: Tree, prop: Property) -> tuple[int, ...]:
    """The `starts` of a map that has four cells an entry where the providers take another number.

    Empty where the map is sound, or was hardly meant so. Kernels before v7.2 take it.
    """
    cells = prop.cells
    if len(cells) % 4 or all(entry.sound for entry in id_map(tree, prop)):
        return ()
    providers = (tree.by_phandle.get(phandle) for phandle in cells[1::4])
    named = all(provider and ID_MAPS[prop.name] in provider.properties for provider in providers)
    return tuple(range(4, len(prop.value), 16)) if named else ()
