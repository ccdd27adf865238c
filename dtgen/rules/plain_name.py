"""A name without a suffix for EL2 or Gunyah has another stack than the table's scheme gives it.

Why: a table names one of the two worlds and leaves the other plain. Where a SoC has names with `el2gh`, its
plain names mean EL2; where it has names with `el2kvm`, they mean Gunyah. A plain name with the other stack
boots, and the remote processors do not start.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-camx] = "board camera"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs6490-iot-el2kvm] = "board soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs6490-iot] = "board"

Fix: add or remove the overlay, or give the configuration the suffix of its world.

Source: meta-qcom since mid-2026: el2gh for Lemans, Monaco and Talos; el2kvm for hamoa, purwa and kodiak.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import Configuration
from dtgen.diagnostics import Finding

ID = "plain-name"

_WORLDS = {"el2gh": "EL2", "el2kvm": "Gunyah"}
"""What plain names mean where the others have the suffix."""


def check(delivery: Delivery) -> Iterator[Finding]:
    schemes: dict[str, set[str]] = {}
    for proof, name in delivery.named:
        schemes.setdefault(_soc(proof.configuration), set()).update(name.software & _WORLDS.keys())
    for proof, name in delivery.named:
        configuration = proof.configuration
        scheme = schemes[_soc(configuration)]
        if not configuration.compatible or len(scheme) != 1 or name.software & _WORLDS.keys():
            continue
        (suffix,) = scheme
        means, at_el2 = _WORLDS[suffix], delivery.says_el2(proof)
        if at_el2 is not (means == "EL2"):
            has = "has an overlay for EL2" if at_el2 else "has no overlay for EL2"
            other = "Gunyah" if means == "EL2" else "EL2"
            message = (
                f"{configuration.compatible} {has}, and here plain names of {_soc(configuration)} "
                f"mean {means}, since {other} has the suffix {suffix}"
            )
            todo = "take the overlay out" if at_el2 else "add the overlay"
            yield Finding.at(configuration.location, message, f"{todo}, or add {suffix} to the name")


def _soc(configuration: Configuration) -> str:
    return configuration.suffixes[0] if configuration.suffixes else ""
