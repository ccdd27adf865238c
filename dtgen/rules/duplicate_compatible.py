"""Two configurations are for one compatible.

Why: the loader takes one of them, the first it finds, and says nothing of the other; which that is with
Qualcomm's UEFI is not public. To it a compatible is a set of suffixes: `qcom,qcs9075-iot-staging-camx` and
`qcom,qcs9075-iot-camx-staging` are one. In a unified kernel image two devicetrees with one root compatible
are such a pair: the first wins, and the one for EL2 is never used.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-staging-camx] = "board soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-camx-staging] = "board"

Fires on one root compatible:

    [UKI]
    DeviceTreeAuto=board.dtb board-el2.dtb

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board"

Fix: give one of them another suffix, or take it out.

Source: meta-qcom's dtb-fit-image.bbclass; systemd-stub(7); seen with systemd 257.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery, Proof
from dtgen.delivery.table import Configuration, Form
from dtgen.diagnostics import Finding

ID = "duplicate-compatible"


def check(delivery: Delivery) -> Iterator[Finding]:
    first: dict[object, Configuration] = {}
    for proof in delivery.proofs:
        key = _key(delivery, proof)
        configuration = proof.configuration
        other = first.setdefault(key, configuration) if key else configuration
        if other is not configuration:
            where = f" (line {other.location.line})" if other.location.line else ""
            yield Finding.at(
                configuration.location,
                f"{_name(configuration)} and {_name(other)}{where} are one: the loader takes one of the two",
                "give one of them another suffix, or take it out",
            )


def _name(configuration: Configuration) -> str:
    single = configuration.pieces[0].name if configuration.pieces else ""
    return configuration.compatible or single or configuration.name


def _key(delivery: Delivery, proof: Proof) -> object:
    configuration = proof.configuration
    if delivery.table.form is Form.UKI:
        automatic = configuration.name.lower() == "devicetreeauto"
        return proof.base.tree.root.compatible[:1] if proof.base and automatic else None
    if delivery.table.form.by_compatible and configuration.compatible:
        return (configuration.compatible.partition(",")[0], frozenset(configuration.suffixes))
    return configuration.compatible
