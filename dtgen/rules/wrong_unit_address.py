"""A node that the overlay adds has a unit address that is not the first address of its `reg`.

Why: where addresses are those of memory, the name of a node ends in the first of them. One of the two is
wrong, often a line that was copied; and nodes are found, and told apart, by their names. What dtc says
itself of children of a simple-bus and of devices on I2C, SPI and PCI is not repeated. On other buses
(SPMI, NVMEM cells, power domains) the binding says what a unit address is, and of a `reg` of too few
cells it says that.

Fires on:

    #address-cells = <1>;
    #size-cells = <1>;
    reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; };
    /plugin/;
    &{/reserved-memory} { carveout@95c00000 { reg = <0x95d00000 0x1000>; no-map; }; };

Passes:

    #address-cells = <1>;
    #size-cells = <1>;
    reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; };
    power { #address-cells = <1>; #size-cells = <0>; };
    /plugin/;
    &{/reserved-memory} { carveout@95c00000 { reg = <0x95c00000 0x1000>; no-map; }; };
    &{/power} { power-domain@14 { reg = <14>; }; };

Passes what has no whole entry:

    #address-cells = <2>;
    #size-cells = <2>;
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; };
    /plugin/;
    &{/reserved-memory} { carveout@95c00000 { reg = <0x95c00000 0x1000>; no-map; }; };

Fix: write the first address of `reg` behind the `@`, or correct `reg`.

Source: Devicetree Specification 2.2.1.1, 2.3.6 and 3.8.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import Node
from dtgen.devicetree.values import cells_of
from dtgen.diagnostics import Finding
from dtgen.overlay.stack import Step

ID = "wrong-unit-address"


def check(step: Step) -> Iterator[Finding]:
    merged = step.merged
    for subject in merged.origins:
        if subject.property or subject.path in merged.base.nodes:
            continue
        node = merged.tree.nodes[subject.path]
        address = _address(node, next(merged.tree.parents(node.path), node))
        name, _, unit = node.name.partition("@")
        # with a comma it is of a bus with an address format of its own
        if address is not None and unit and "," not in unit and unit != f"{address:x}":
            shown = merged.tree.name_of(node.path)
            yield Finding(
                subject,
                f"the unit address of {shown} is {unit}, and its reg begins at {address:#x}",
                f"write {name}@{address:x}, or correct reg",
            )


def _address(node: Node, parent: Node) -> int | None:
    """The first one of `reg`, in the parent's address space; None where that is no memory, or dtc looks."""
    is_mapped = parent.path == "/" or "ranges" in parent.properties
    (count, size), reg = cells_of(parent), node.properties.get("reg")
    if not (is_mapped or parent.path == "/cpus") or "simple-bus" in parent.compatible:
        return None
    if reg is None or count not in (1, 2) or not reg.value or len(reg.value) % (4 * (count + size)):
        return None
    return int.from_bytes(reg.value[: 4 * count], "big")
