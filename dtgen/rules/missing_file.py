"""A loader's table names a file that is not there, beside others that are.

Why: U-Boot says in one line that an overlay cannot be loaded, and boots without it; the others are applied.
Without the base it skips the label. `make` stops at a Makefile whose composite has a part without a source.

Fires on:

    label el2
        fdt /dtb/bare.dtb
        fdtoverlays /dtb/soc-el3.dtbo

Passes:

    label camera
        fdt /dtb/bare.dtb

Fix: write the name as the file has it, or put the file there.

Source: label_boot_fdtoverlay() in U-Boot's boot/pxe_utils.c; scripts/Makefile.dtbs of Linux.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "missing-file"


def check(delivery: Delivery) -> Iterator[Finding]:
    """Where `delivery` knows that nothing else can be meant; elsewhere see `missing-piece`."""
    if not delivery.is_whole:
        return
    known = {piece.file.rpartition("/")[2] for proof in delivery.proofs for piece in proof.pieces if piece}
    for file, wanted in delivery.missing.items():
        piece, configuration = wanted[0]
        name = file.rpartition("/")[2]
        near = likely(name, known)
        yield Finding.at(
            piece.location,
            f"{configuration} names {name}, which is not there",
            f"did you mean {near}?" if near else "write the name as the file has it, or put the file there",
        )
