"""A label of extlinux.conf ends where U-Boot finds a word that it does not know there.

Why: what stands below in the label, the devicetree, its overlays or the kernel's arguments, is not the
label's any more. U-Boot says "Ignoring unknown command" and boots without it. A second `fdt` or `fdtoverlays`
is such a place, too: U-Boot keeps the first, and takes the second one's file for a word.

Fires on:

    label el2
        kernel /Image
        fdt /dtb/bare.dtb
        fdtoverlay /dtb/soc-el2.dtbo
        append console=ttyMSM0

Fires on a second list:

    label el2
        fdt /dtb/bare.dtb
        fdtoverlays /dtb/camera.dtbo
        fdtoverlays /dtb/soc-el2.dtbo

Fires on a word of the top level:

    label el2
        kernel /Image
        timeout 30
        fdt /dtb/bare.dtb

Passes:

    label camera
        kernel /Image
        fdt /dtb/bare.dtb
        append console=ttyMSM0

Fix: write `fdtoverlays` once, with all overlays in their order.

Source: parse_label() in U-Boot's boot/pxe_utils.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.extlinux import ONCE, OTHERS, TOP
from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "ended-label"


def check(delivery: Delivery) -> Iterator[Finding]:
    for word in delivery.table.ends:
        if word.name.lower() in TOP:
            message = f"{word.name} ends the label, and U-Boot ignores the devicetree below it"
            yield Finding.at(word.location, message, f"put {word.name} above the first label")
            continue
        if word.name.lower() in ONCE:
            message = f"U-Boot keeps the first {word.name} of a label, and this second one ends the label"
            yield Finding.at(
                word.location, message, "write it once; fdtoverlays takes all overlays, in their order"
            )
            continue
        near = likely(word.name, (*ONCE, *OTHERS))
        yield Finding.at(
            word.location,
            f"U-Boot does not know {word.name}, and reads no more of this label",
            f"did you mean {near}?" if near else "put it outside of the label, or leave it out",
        )
