"""An overlay of a stack cannot be applied to what stands before it, in whatever order.

Why: the loader stops at the first label or path that is not there. U-Boot says FDT_ERR_NOTFOUND, names
neither the label nor the overlay in a FIT, and does not boot: the base is destroyed by then.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "other soc-el2"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"

Fix: as the message says; `dtgen apply` and `dtgen check` say all that keeps the overlay from being applied.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding, Place, Subject

ID = "refused-overlay"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        if proof.refused_at and not proof.order and not delivery.lacks_symbols(proof):
            piece, first, more = proof.refused_at, proof.refused[0], len(proof.refused) - 1
            also = f" (and {more} more)" if more else ""
            yield Finding.at(
                piece.location,
                f"{piece.name} cannot be applied in {proof.configuration.name}: {first.message}{also}",
                first.help,
                Place(Subject("/"), first.location),
            )
