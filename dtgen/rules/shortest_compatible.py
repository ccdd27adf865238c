"""The shortest compatible of a board is not the one of its latest hardware.

Why: Qualcomm's tables name older hardware by a revision, and leave the latest without: a board that is newer
than the table is to get the latest devicetree. Where the plain name has the devicetree of an older board,
newer boards get that.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9100-qam] = "board"
    FIT_DTB_COMPATIBLE[qcom_qcs9100-qam-r2.0] = "board-r3"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9100-qam] = "board-r3"
    FIT_DTB_COMPATIBLE[qcom_qcs9100-qam-r1.0] = "board"

Fix: give the plain name to the latest hardware, and the older its revision.

Source: the README of qcom-dtb-metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery, Proof
from dtgen.diagnostics import Finding, Place, Subject

ID = "shortest-compatible"

_REVISION = re.compile(r"-r\d+$")


def check(delivery: Delivery) -> Iterator[Finding]:
    if not delivery.table.form.by_compatible:
        return
    first: dict[frozenset[str], Proof] = {}
    for proof, name in sorted(delivery.named, key=lambda named: len(named[1].software)):
        if proof.pieces:
            first.setdefault(name.hardware, proof)
    for proof, name in delivery.named:
        plain = first.get(name.hardware - name.revisions) if name.revisions else None
        if plain is None or first.get(name.hardware) is not proof:
            continue
        older, newer = next(delivery.stems(plain)), next(delivery.stems(proof))
        if newer != older and _REVISION.sub("", newer) == older:
            yield Finding.at(
                plain.configuration.location,
                f"{plain.configuration.compatible} is the shortest name of this board and has {older}, while "
                f"{proof.configuration.compatible} has the later {newer}",
                "the shortest compatible is to be the latest hardware",
                Place(Subject("/"), proof.configuration.location),
            )
