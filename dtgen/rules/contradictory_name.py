"""A configuration's name says EL2 or Gunyah, and its stack says the other.

Why: `el2gh` asks for the stack under Gunyah, `el2kvm` and `el2` for the one with Linux at EL2. Under Gunyah
an overlay for EL2 takes the streams of remote processors from the hypervisor, and they do not start; at EL2
without it they do not start either. The board boots in both cases.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board soc-el2"

Fires on EL2 without its overlay:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2kvm] = "board camera"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "board camera"
    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2kvm] = "board soc-el2"

Fix: swap the stacks, or give the configuration its right name.

Source: meta-qcom's fit-dtb-compatible-linux-qcom.inc.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery, Proof, is_el2
from dtgen.diagnostics import Finding
from dtgen.hardware.coverage import Fate
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged

ID = "contradictory-name"


def _may_be_for_el2(proof: Proof) -> bool:
    """Whether a piece is not there, or what stands alone was merged under another name."""
    if None in proof.pieces:
        return True
    if proof.base is None or proof.pieces[1:]:
        return False
    system = System(Merged.unchanged(proof.base.tree, proof.base.data), pas_at_el2=True)
    return not any(user.fate is Fate.FORGOTTEN for user in system.pas_users)


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof, name in delivery.named:
        configuration, at_el2 = proof.configuration, delivery.says_el2(proof)
        shown = configuration.compatible or configuration.name
        if not proof.pieces:
            continue
        if "el2gh" in name.software and at_el2:
            piece = next(
                piece
                for piece, stem in zip(configuration.pieces, delivery.stems(proof), strict=True)
                if is_el2(stem)
            )
            yield Finding.at(
                piece.location,
                f"{shown} says Gunyah (el2gh), and its stack has {piece.name}",
                "take the overlay out, or the suffix",
            )
        elif name.software & {"el2kvm", "el2"} and not at_el2 and not _may_be_for_el2(proof):
            said = min(name.software & {"el2kvm", "el2"})
            yield Finding.at(
                configuration.location,
                f"{shown} says EL2 ({said}), and its stack has no overlay for EL2",
                "add the overlay, or take the suffix out",
            )
