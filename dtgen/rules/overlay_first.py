"""A stack begins with an overlay.

Why: the first piece is what the loader takes for the devicetree. U-Boot does not look whether it is one: the
fragments become the board's devicetree, without a message, and the kernel starts with no console, no memory
and no CPU.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "soc-el2 board"

Fires on an overlay alone:

    label el2
        fdt /dtb/soc-el2.dtbo

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"

Fix: put the base first.

Source: boot_get_fdt_fit() in U-Boot's boot/image-fit.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import is_overlay
from dtgen.diagnostics import Finding

ID = "overlay-first"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        if not proof.pieces:
            continue
        piece, found = proof.configuration.pieces[0], proof.pieces[0]
        file = delivery.table.file_of(proof.configuration, piece)
        if found.tree.is_overlay if found else is_overlay(file):
            yield Finding.at(
                piece.location,
                f"{proof.configuration.name} begins with the overlay {piece.name}: it becomes the devicetree",
                "put the base first",
            )
