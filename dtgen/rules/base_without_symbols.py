"""A loader is to apply overlays to a base that was compiled without labels.

Why: an overlay's references are resolved through the base's `__symbols__`. kbuild makes them only for the
boards that come first in a `-dtbs` line, and most distributions' DTBs have none. U-Boot says
FDT_ERR_NOTFOUND and stops.

Fires on:

    label el2
        fdt /dtb/bare.dtb
        fdtoverlays /dtb/soc-el2.dtbo

Passes:

    label el2
        fdt /dtb/board.dtb
        fdtoverlays /dtb/soc-el2.dtbo

Fix: compile the base with `dtc -@` (in a kernel tree: a `-dtbs` line, or make DTC_FLAGS=-@), or deliver the
merged devicetree.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c; scripts/Makefile.dtbs in the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "base-without-symbols"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        if delivery.lacks_symbols(proof):
            yield Finding.at(
                proof.configuration.pieces[0].location,
                f"{proof.configuration.name} applies overlays to {proof.configuration.pieces[0].name}, "
                "which was compiled without labels (no __symbols__)",
                "compile it with dtc -@ (in a kernel tree: make DTC_FLAGS=-@), or deliver the merged tree",
            )
