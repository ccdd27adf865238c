"""An overlay gives a node of the base a phandle, and the loader's libfdt renumbers what the base refers to.

Why: U-Boot's libfdt is dtc 1.4.6's, in 2025.01 still. Where an overlay sets a phandle that the base has set
already, it replaces the base's, and every reference of the base to the node leads nowhere: the board
boots, and the devices that refer to it do not probe. libfdt keeps the base's phandle since 1.7.1.

Fires on:

    label again
        fdt /dtb/referred.dtb
        fdtoverlays /dtb/again.dtbo

Passes:

    label el2
        fdt /dtb/referred.dtb
        fdtoverlays /dtb/soc-el2.dtbo

Fix: take the label off the node in the overlay, and use the base's; or deliver the merged devicetree.

Source: overlay_merge() in U-Boot's scripts/dtc/libfdt/fdt_overlay.c; overlay_prevent_phandle_overwrite() of
dtc 1.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.devicetree.tree import Node
from dtgen.devicetree.values import referring
from dtgen.diagnostics import Finding
from dtgen.overlay.merge import Merged

ID = "renumbered-phandle"


def check(delivery: Delivery) -> Iterator[Finding]:
    if not delivery.table.form.is_uboot:
        return
    for proof in delivery.proofs:
        pieces = proof.configuration.pieces[1:]
        for step, piece in zip(proof.stack.steps if proof.stack else (), pieces, strict=bool(proof.stack)):
            base = step.merged.base
            for node in _renumbered(step.merged):
                places = list(referring(base, node))
                if places:
                    more = f" and {len(places) - 1} more" if places[1:] else ""
                    yield Finding.at(
                        piece.location,
                        f"{piece.name} gives {base.name_of(node.path)} a phandle, and U-Boot replaces the "
                        f"base's: {places[0]}{more} would lead nowhere",
                        "take the label off the node in the overlay, or deliver the merged devicetree",
                    )


def _renumbered(merged: Merged) -> Iterator[Node]:
    """The nodes that have a phandle in the base and get one of the overlay."""
    for subject in merged.origins:
        node = merged.base.nodes.get(subject.path)
        if subject.property == "phandle" and node is not None and node.cell("phandle") is not None:
            yield node
