"""A loader gives the result of an overlay less room than it takes.

Why: U-Boot makes room for the base and the overlay (FIT), or for 8 KiB and the rest of the page (extlinux).
An overlay grows when it is applied: each of its labels gets the whole path of its target. What does not fit
ends with FDT_ERR_NOSPACE, and the board does not boot.

Fires on:

    label deep
        fdt /dtb/deep.dtb
        fdtoverlays /dtb/labels.dtbo

Passes:

    label el2
        fdt /dtb/board.dtb
        fdtoverlays /dtb/soc-el2.dtbo

Fix: compile the base with free space (`dtc -p`), take labels out of the overlay, or deliver the merged
devicetree.

Source: boot_get_fdt_fit() in U-Boot's boot/image-fit.c, fdt_shrink_to_minimum() in its boot/fdt_support.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "no-room"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        if proof.cramped:
            room = proof.cramped
            yield Finding.at(
                room.piece.location,
                f"{room.piece.name} of {proof.configuration.name} does not fit: with it the devicetree takes "
                f"0x{room.needed:x} bytes, and U-Boot makes room for 0x{room.given:x}",
                "take labels out of the overlay, or deliver the merged devicetree",
            )
