"""A configuration of a FIT names an image that the FIT does not have.

Why: nobody says a word. mkimage ends with 0; U-Boot takes the default configuration's first devicetree for
the image that is not there, applies it as an overlay, which changes nothing, and boots without the overlay.

Fires on:

    / {
        images {
            fdt-board.dtb { data = /incbin/("board.dtb"); load = <0x4a000000>; };
        };
        configurations {
            conf-1 { fdt = "fdt-board.dtb", "fdt-soc-el2.dtbo"; };
        };
    };

Passes:

    / {
        images {
            fdt-board.dtb { data = /incbin/("board.dtb"); load = <0x4a000000>; };
            fdt-soc-el2.dtbo { data = /incbin/("soc-el2.dtbo"); };
        };
        configurations {
            conf-1 { fdt = "fdt-board.dtb", "fdt-soc-el2.dtbo"; };
        };
    };

Fix: add the image, or write its name as /images has it.

Source: boot_get_fdt_fit() in U-Boot's boot/image-fit.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "dangling-image"


def check(delivery: Delivery) -> Iterator[Finding]:
    table = delivery.table
    for configuration in table.configurations if table.is_fit else ():
        for piece in configuration.pieces:
            if piece.name not in table.images:
                near = likely(piece.name, table.images)
                yield Finding.at(
                    piece.location,
                    f"{configuration.name} names the image {piece.name}, and /images has none of that name",
                    f"did you mean {near}?" if near else "add it to /images",
                )
