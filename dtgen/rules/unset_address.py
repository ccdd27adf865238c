"""An extlinux.conf applies overlays, for which U-Boot needs two variables.

Why: without `fdtoverlay_addr_r` U-Boot says one line and boots the base alone; without `fdt_addr_r` it says
nothing, ignores `fdt` and `fdtoverlays`, and boots the firmware's devicetree. No table shows whether they
are set.

Fires on:

    label el2
        fdt /dtb/board.dtb
        fdtoverlays /dtb/soc-el2.dtbo

Passes:

    label el2
        fdt /dtb/board-el2.dtb

Fix: look with `printenv fdt_addr_r fdtoverlay_addr_r` on the board; or deliver the merged devicetree.

Source: label_boot_fdtoverlay() in U-Boot's boot/pxe_utils.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import Form
from dtgen.diagnostics import Finding

ID = "unset-address"


def check(delivery: Delivery) -> Iterator[Finding]:
    """Once a file."""
    if delivery.table.form is not Form.EXTLINUX:
        return
    stacked = (c for c in delivery.table.configurations if c.pieces[1:])
    first = next(stacked, None)
    if first:
        yield Finding.at(
            first.pieces[1].location,
            "U-Boot applies these only if fdt_addr_r and fdtoverlay_addr_r are set, and boots all the same",
            "printenv fdt_addr_r fdtoverlay_addr_r on the board shows them",
        )
