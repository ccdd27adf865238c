"""A table names a devicetree or an overlay that nothing builds.

Why: Yocto leaves a configuration out, silently, of which one file is not in KERNEL_DEVICETREE. It may come
from another tree than this one; where a table lies beside its files, see `missing-file`.

Fires on:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el3"

Passes:

    FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "board soc-el2"

Fix: write the name as the kernel tree has it, or bring the source into the tree.

Source: meta-qcom's dtb-fit-image.bbclass.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "missing-piece"

_SHOWN = 3
"""Names of a list."""


def check(delivery: Delivery) -> Iterator[Finding]:
    """Once for each that is missing, with how many configurations want it."""
    missing = {} if delivery.is_whole else delivery.missing
    if missing and not delivery.searched:
        lacking, of = sum(None in proof.pieces for proof in delivery.proofs), len(delivery.proofs)
        names = [file.rpartition("/")[2] for file in missing]
        listed = ", ".join(names[:_SHOWN]) + (", …" if names[_SHOWN:] else "")
        first = min((wanted[0][0].location for wanted in missing.values()), key=lambda where: where.line or 0)
        message = (
            f"{lacking} of {of} configurations {'was' if lacking == 1 else 'were'} not applied: "
            f"{listed} {'is' if len(names) == 1 else 'are'} not beside this file"
        )
        yield Finding.at(first, message, "say with --kernel where the sources are")
        return
    for file, wanted in missing.items():
        piece, configuration = wanted[0]
        others = f" and {len(wanted) - 1} more want" if len(wanted) > 1 else " wants"
        name = file.rpartition("/")[2]
        yield Finding.at(
            piece.location,
            f"{name} is neither beside this file nor in the kernel tree, and {configuration}{others} it",
        )
