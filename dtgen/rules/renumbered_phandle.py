"""An overlay gives a node of the base a phandle, and the loader's libfdt renumbers what the base refers to.

Why: U-Boot's libfdt is dtc 1.4.6's, in 2025.01 still. Where an overlay sets a phandle that the base has set
already, it replaces the base's, and every reference of the base to the node leads nowhere: the board
boots, and the devices that refer to it do not probe. libfdt keeps the base's phandle since 1.7.1. Where such
a node is the target of an earlier fragment by the overlay's own label, U-Boot refuses the overlay.

Fires on:

    label again
        fdt /dtb/referred.dtb
        fdtoverlays /dtb/again.dtbo

Fires on a target that U-Boot does not find:

    label early
        fdt /dtb/referred.dtb
        fdtoverlays /dtb/early.dtbo

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
from dtgen.overlay.placement import placement

ID = "renumbered-phandle"


def check(delivery: Delivery) -> Iterator[Finding]:
    if not delivery.table.form.is_uboot:
        return
    for proof in delivery.proofs:
        pieces = proof.configuration.pieces[1:]
        for step, piece in zip(proof.stack.steps if proof.stack else (), pieces, strict=bool(proof.stack)):
            base, overlay = step.merged.base, step.layer.overlay
            for fragment in placement(overlay, base).early:
                label = overlay.tree.name_of(fragment.own.path) if fragment.own else ""
                yield Finding.at(
                    piece.location,
                    f"U-Boot refuses {piece.name}: {label} is the target of {fragment.path.strip('/')}, and "
                    "a later fragment gives the base's node this label",
                    "put that fragment first, or write the base's label",
                )
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
