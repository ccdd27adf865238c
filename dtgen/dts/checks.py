"""What dtc's checks mean, and what the kernel's build does with them.

Source: checks.c of dtc 1.6.1 to 1.8.1; scripts/Makefile.dtbs of Linux v7.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Severity
from dtgen.records import dataclass

PREFIX = "dtc:"
"""What their names come after."""

_WIDTH = 106

_ALWAYS = "it is on in every build of the kernel"
_FATAL = "it is an error: dtc makes no blob"
_GONE = "it is off here, since dtc 1.8 no longer has it"
_W1 = "it is off without W=1"
_ONLY_W1 = "it is on with W=1 alone"
_W2 = "it is on with W=2 alone"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of dtc."""

    name: str
    meaning: str
    """What it finds."""
    kbuild: str
    """What the kernel's build does with it."""
    note: str = ""
    """What else there is to know."""

    @property
    def severity(self) -> Severity:
        return Severity.ERROR if self.kbuild == _FATAL else Severity.WARNING

    @property
    def is_usual(self) -> bool:
        """Whether the kernel's build has it on without W=1."""
        return self.kbuild in (_ALWAYS, _FATAL)

    @property
    def documentation(self) -> str:
        import textwrap

        paragraphs = [f"Kbuild: {self.kbuild}."]
        if self.note:
            paragraphs.append(f"Note: {self.note}")
        paragraphs.append(f"Source: {self.name} in dtc's checks.c; the kernel's scripts/Makefile.dtbs.")
        return "\n\n".join([self.meaning, *(textwrap.fill(text, _WIDTH) for text in paragraphs)])


def _providers() -> Iterator[Check]:
    """Of properties that refer to providers: phandles, each with as many cells as its provider asks for."""
    for prop, cells in (
        ("clocks", "#clock-cells"),
        ("cooling-device", "#cooling-cells"),
        ("dmas", "#dma-cells"),
        ("hwlocks", "#hwlock-cells"),
        ("interrupts-extended", "#interrupt-cells"),
        ("io-channels", "#io-channel-cells"),
        ("iommus", "#iommu-cells"),
        ("mboxes", "#mbox-cells"),
        ("msi-parent", "#msi-cells"),
        ("mux-controls", "#mux-control-cells"),
        ("phys", "#phy-cells"),
        ("power-domains", "#power-domain-cells"),
        ("pwms", "#pwm-cells"),
        ("resets", "#reset-cells"),
        ("sound-dai", "#sound-dai-cells"),
        ("thermal-sensors", "#thermal-sensor-cells"),
    ):
        name = prop.replace("-", "_")
        meaning = (
            f"An entry of `{prop}` has no phandle of a provider, or not the cells that the provider's "
            f"`{cells}` asks for."
        )
        yield Check(f"{name}_property", meaning, _ALWAYS, "dtgen's malformed-specifier says which entry.")
        yield Check(f"{name}_is_cell", f"`{cells}` is not one cell.", _ALWAYS)


def _cells() -> Iterator[Check]:
    for name, prop in (
        ("address_cells_is_cell", "#address-cells"),
        ("size_cells_is_cell", "#size-cells"),
    ):
        yield Check(name, f"`{prop}` is not one cell.", _ALWAYS)
    for prop in ("compatible", "device_type", "label", "model", "status"):
        yield Check(
            f"{prop}_is_string{'_list' if prop == 'compatible' else ''}",
            f"`{prop}` is not a string{' list' if prop == 'compatible' else ''}.",
            _ALWAYS,
        )
    yield Check(
        "names_is_string_list", "A property whose name ends in `-names` is not a string list.", _ALWAYS
    )
    yield Check("name_is_string", "`name` is not a string.", _FATAL)


_ALONE = (
    "of an overlay alone dtc assumes two address cells and one size cell, so dtgen asks on the merged tree."
)

_OTHERS = (
    Check("duplicate_node_names", "Two nodes of one parent have one name.", _FATAL),
    Check("duplicate_property_names", "A node has a property twice.", _FATAL),
    Check("duplicate_label", "Two nodes or properties have one label.", _FATAL),
    Check(
        "explicit_phandles",
        "A phandle is not a single cell, is 0 or 0xffffffff, or is another node's.",
        _FATAL,
    ),
    Check("phandle_references", "A reference is to a label or a path that is not in the source.", _FATAL),
    Check("path_references", "A reference to a path leads nowhere.", _FATAL),
    Check("name_properties", "`name` says something else than the node's name.", _FATAL),
    Check("node_name_chars", "The name of a node has a character that none may have.", _FATAL),
    Check("node_name_format", "The name of a node has more than one `@`.", _FATAL),
    Check("property_name_chars", "The name of a property has a character that none may have.", _FATAL),
    Check("node_name_chars_strict", "The name of a node has a character that is only tolerated.", _W2),
    Check(
        "property_name_chars_strict", "The name of a property has a character that is only tolerated.", _W2
    ),
    Check("node_name_not_empty", "A node has no name in front of `@`.", _FATAL, "dtc 1.6 does not look."),
    Check("node_name_vs_property_name", "A node and a property beside it have one name.", _ALWAYS),
    Check(
        "unit_address_vs_reg",
        "A node has a unit address and neither `reg` nor `ranges`, or one of these and no unit address.",
        _W1,
    ),
    Check("unit_address_format", "A unit address begins with 0x or with a zero.", _ALWAYS),
    Check(
        "unique_unit_address",
        "Two nodes of one bus have one unit address.",
        _W2,
        "Qualcomm's boards describe a serial engine thrice and enable one: dtgen does not ask for it.",
    ),
    Check(
        "unique_unit_address_if_enabled",
        "Two nodes of one bus that are not disabled have one unit address.",
        _ONLY_W1,
        "dtgen asks for it where `[severity]` of dtgen.toml gives it one.",
    ),
    Check(
        "reg_format",
        "`reg` is not a whole number of pairs of an address and a size, by the cells of the parent.",
        _ALWAYS,
        _ALONE,
    ),
    Check(
        "ranges_format",
        "`ranges` is not a whole number of entries as the cells of the node and its parent have them.",
        _ALWAYS,
    ),
    Check(
        "dma_ranges_format",
        "`dma-ranges` is not a whole number of entries as the cells of the node and its parent have them.",
        _ALWAYS,
    ),
    Check("addr_size_cells", "`#address-cells` or `#size-cells` is not a single cell.", _ALWAYS),
    Check(
        "avoid_default_addr_size",
        "A node has `reg` or `ranges`, and its parent relies on the default #address-cells or #size-cells.",
        _ALWAYS,
        _ALONE,
    ),
    Check(
        "avoid_unnecessary_addr_size",
        "A node has #address-cells or #size-cells, and no child with a unit address needs them.",
        _W1,
    ),
    Check(
        "alias_paths",
        "An alias refers to no existing node, or has upper-case letters or `_` in its name.",
        _W1,
    ),
    Check(
        "obsolete_chosen_interrupt_controller", "/chosen has the obsolete `interrupt-controller`.", _ALWAYS
    ),
    Check("chosen_node_is_root", "A node called `chosen` is not a child of the root.", _ALWAYS),
    Check("chosen_node_bootargs", "`bootargs` is not a string.", _ALWAYS),
    Check(
        "chosen_node_stdout_path",
        "`stdout-path` is not a string, or is the obsolete `linux,stdout-path`.",
        _ALWAYS,
    ),
    Check("deprecated_gpio_property", "A property ends in `-gpio`: write `-gpios`.", _ALWAYS),
    Check(
        "gpios_property",
        "An entry of `gpios` or `…-gpios` has no phandle of a provider, or not the cells that the provider's "
        "`#gpio-cells` asks for.",
        _ALWAYS,
        "dtgen's malformed-specifier says which entry.",
    ),
    Check(
        "interrupt_provider",
        "A node with `interrupt-controller` or `interrupt-map` lacks `#interrupt-cells` or `#address-cells`; "
        "or one with `#interrupt-cells` has neither of the two.",
        _ALWAYS,
        "dtc before 1.7.0 asks for #address-cells where no interrupt-map refers to the node: of every GPIO "
        "controller it says \"Missing '#address-cells' in interrupt provider\". Newer ones do not: it is a "
        "defect of the older dtc, not of the tree.",
    ),
    Check(
        "interrupt_map",
        "`interrupt-map` does not parse: a parent is none, or cells are missing or left over.",
        _W1,
        "dtc 1.6 does not look.",
    ),
    Check(
        "interrupts_property",
        "`interrupts` has no interrupt parent, or is not a whole number of entries of `#interrupt-cells`.",
        _ALWAYS,
    ),
    Check("simple_bus_bridge", "A simple-bus has no `ranges` that fits.", _ALWAYS),
    Check(
        "simple_bus_reg",
        "A child of a simple-bus has no `reg` or `ranges`, or one that its unit address is not of.",
        _W1,
    ),
    Check(
        "pci_bridge",
        "A PCI bridge is misnamed, lacks `ranges`, or has cells or a `bus-range` that PCI does not have.",
        _ALWAYS,
    ),
    Check("pci_device_reg", "A PCI device has no `reg`, or one that its unit address is not of.", _ALWAYS),
    Check("pci_device_bus_num", "The bus of a PCI device is not within its bridge's `bus-range`.", _ALWAYS),
    Check("i2c_bus_bridge", "An I2C bus has not one address cell and no size cell.", _ALWAYS),
    Check(
        "i2c_bus_reg",
        "A device on I2C has no `reg`, an address of too many bits, or another unit address.",
        _ALWAYS,
    ),
    Check(
        "spi_bus_bridge",
        "A SPI bus has not one address cell and no size cell, or is not called spi.",
        _ALWAYS,
    ),
    Check(
        "spi_bus_reg",
        "A device on SPI has no `reg`, or a chip select that its unit address is not of.",
        _ALWAYS,
    ),
    Check("graph_nodes", "What a graph's endpoint is below is not a port, or a port is misnamed.", _ALWAYS),
    Check(
        "graph_child_address",
        "A graph's node has a single child, at 0, and #address-cells that it does not need.",
        _GONE,
    ),
    Check(
        "graph_port",
        "A graph's port is not called port, or has a unit address that is not its `reg`.",
        _ALWAYS,
    ),
    Check(
        "graph_endpoint",
        "A graph's endpoint is misnamed, or the one that it refers to does not refer back.",
        _ALWAYS,
    ),
)

CHECKS: Mapping[str, Check] = {
    check.name: check for check in sorted((*_providers(), *_cells(), *_OTHERS), key=lambda check: check.name)
}


_OF_OLDER_DTC = re.compile(r"Missing '?#address-cells'? in interrupt provider")
"""What dtc before 1.7.0 says of every GPIO controller, and newer ones of none: see interrupt_provider."""

_BUS = re.compile(r"PCI bus number (?P<bus>\d+) out of range, expected \(.*\)")


def usual(check: str, text: str) -> bool:
    """Whether kbuild shows a message without W=1, and no newer dtc knows better; a check that is new is."""
    known = CHECKS.get(check)
    return (known is None or known.is_usual) and not _OF_OLDER_DTC.fullmatch(text)


def in_newest_words(text: str, path: str, tree: Tree) -> str | None:
    """What dtc says of a node as its newest release does; None where that says nothing.

    dtc 1.6 takes the first bus of a `bus-range` for the last, too.
    """
    said, bridge = _BUS.fullmatch(text), tree.at(path.rpartition("/")[0])
    buses = bridge.properties["bus-range"].cells if bridge and "bus-range" in bridge.properties else ()
    if not said or len(buses) < 2:
        return text
    first, last = buses[:2]
    if first <= int(said["bus"]) <= last:
        return None
    return f"PCI bus number {said['bus']} out of range, expected ({first} - {last})"
