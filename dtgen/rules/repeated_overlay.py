"""An overlay is applied twice, or to a base that has it already.

Why: most overlays change nothing the second time, and the table says something that is not so: the next one
who takes the overlay off the stack still boots with it. One that adds to a list or makes nodes with labels
gives the kernel other labels, and libfdt before 1.7.1 other phandles.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2 soc-el2"

Fires on a base that has it:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board-el2 soc-el2"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"

Fix: name it once.

Source: multi_depend in the kernel's scripts/Makefile.lib, for the bases that have overlays.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import stem
from dtgen.diagnostics import Finding

ID = "repeated-overlay"


def check(delivery: Delivery) -> Iterator[Finding]:
    for proof in delivery.proofs:
        configuration = proof.configuration
        base = proof.pieces[0] if proof.pieces else None
        inside = {stem(part) for part in base.parts} if base else set()
        seen: set[str] = set()
        for piece in configuration.pieces[1:]:
            name = stem(delivery.table.file_of(configuration, piece))
            if name in seen:
                message = f"{configuration.name} applies {piece.name} twice"
                yield Finding.at(piece.location, message, "name it once")
            elif name in inside:
                message = f"{configuration.pieces[0].name} has {piece.name} already"
                yield Finding.at(piece.location, message, "leave it out, or name the base without it")
            seen.add(name)
