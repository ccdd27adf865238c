"""A compatible has a suffix that no node of qcom-metadata stands for.

Why: Qualcomm's UEFI looks each suffix up in qcom-metadata, and takes a configuration only if all of them
match the board. One that is not there never matches. The suffixes that stand for software (staging, camx,
el2gh, el2kvm) are exempt: they are chosen by a setting.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iott] = "board"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board"

Fix: write the suffix as qcom-metadata has it, or add a node to qcom-metadata.

Source: qcom-metadata.dts of qcom-dtb-metadata.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "unknown-suffix"


def check(delivery: Delivery) -> Iterator[Finding]:
    if delivery.metadata is None or not delivery.table.form.by_compatible:
        return
    for proof, name in delivery.named:
        unknown = [part for part in proof.configuration.suffixes if part in name.hardware - delivery.metadata]
        if unknown:
            near = likely(unknown[0], delivery.metadata)
            are = "are no nodes" if unknown[1:] else "is no node"
            yield Finding.at(
                proof.configuration.location,
                f"{', '.join(unknown)} of {proof.configuration.compatible} {are} of qcom-metadata: "
                "the firmware never takes it",
                f"did you mean {near}?" if near else "",
            )
