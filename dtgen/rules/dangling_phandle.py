"""A supply, a GPIO, a pin state or the like refers to a phandle that no node has.

Why: dtc checks references to labels, and not numbers; and a node may be lost on the way, with an overlay
that was not applied. The kernel finds nothing there, and the device is not probed, or without what it
needs. Of lists with cells (`clocks`, `iommus`) malformed-specifier says it.

Fires on:

    usb { vdd-supply = <0x99>; };

Fires on a GPIO:

    tlmm: pinctrl { #gpio-cells = <2>; };
    hub { reset-gpios = <&tlmm 1 0>, <0x99 2 0>; };

Passes:

    vreg: regulator { };
    tlmm: pinctrl { #gpio-cells = <2>; };
    usb { vdd-supply = <&vreg>; cs-gpios = <0>, <&tlmm 1 0>; };

Fix: refer to the node by its label.

Source: of_find_node_by_phandle() in the kernel's drivers/of/base.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.values import bare_phandles
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System

ID = "dangling-phandle"


def check(system: System) -> Iterator[Finding]:
    """One finding for each property. What a fixup has written is another rule's: dangling-reference."""
    tree = system.tree
    for node in tree.nodes.values():
        for name, prop in node.properties.items():
            for cell in bare_phandles(tree, node, prop):
                if cell and cell not in tree.by_phandle:
                    subject = Subject(node.path, name)
                    if subject not in system.merged.references:
                        message = (
                            f"{name} of {tree.name_of(node.path)} refers to {cell:#x}, no node's phandle"
                        )
                        yield Finding(subject, message, "refer to the node by its label")
                    break
