"""Two overlays stand in one order here and in the other order elsewhere in a table.

Why: the order decides wherever both write one property: the later wins. Where they do not, nobody can see
from the table that it does not matter.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board camera soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-staging] = "board soc-el2 camera"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board camera soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-staging] = "board camera soc-el2 staging"

Fix: choose one order.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c: each overlay is merged into what the earlier ones
made.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from dtgen.delivery.stacks import Delivery, Proof
from dtgen.diagnostics import Finding, Place, Subject

ID = "mixed-order"


def check(delivery: Delivery) -> Iterator[Finding]:
    """Of two orders, the rarer is said; of two that are as common, the later."""
    pairs: dict[tuple[str, str], list[Proof]] = {}
    for proof in delivery.proofs:
        names = dict.fromkeys(list(delivery.stems(proof))[1:])
        for pair in combinations(names, 2):
            pairs.setdefault(pair, []).append(proof)
    for (first, second), proofs in pairs.items():
        others = pairs.get((second, first), [])
        if not others or len(proofs) > len(others):
            continue
        if len(proofs) == len(others) and _line(proofs[0]) < _line(others[0]):
            continue
        for proof in proofs:
            other = others[0].configuration
            yield Finding.at(
                proof.configuration.location,
                f"{proof.configuration.compatible or proof.configuration.name} has {first} before {second}, "
                f"and {other.compatible or other.name} has them the other way round",
                "choose one order",
                Place(Subject("/"), other.location),
            )


def _line(proof: Proof) -> int:
    return proof.configuration.location.line or 0
