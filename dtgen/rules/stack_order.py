"""The overlays of a stack cannot be applied in their order, and there is one in which they can.

Why: an overlay may refer only to what the base and the overlays before it have. U-Boot says FDT_ERR_NOTFOUND
and "Could not find a valid device tree", and stops; in extlinux it says of the next overlay
FDT_ERR_BADMAGIC, and that the base has no labels, which is not true: the first failure has destroyed the
base.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board camera-el2 camera"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board camera camera-el2"

Fix: write them in the order of the help.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "stack-order"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        if proof.refused_at and proof.order:
            yield Finding.at(
                proof.refused_at.location,
                f"{proof.refused_at.name} stands too early in {proof.configuration.name}: "
                f"{proof.refused[0].message}",
                f"the right order is: {' '.join(proof.order)}",
            )
