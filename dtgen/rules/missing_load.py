"""A FIT's configuration has overlays, and the image of its base has no `load` address.

Why: U-Boot applies overlays where the base is loaded to. Without an address it says "Overlayed FDT requires
relocation" and does not boot (2025.01; later ones relocate it themselves).

Fires on:

    / {
        images {
            fdt-board.dtb { data = /incbin/("board.dtb"); };
            fdt-soc-el2.dtbo { data = /incbin/("soc-el2.dtbo"); };
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

Fix: give the base's image a `load` that is free at that time, as the board's `fdt_addr_r`.

Source: boot_get_fdt_fit() in U-Boot's boot/image-fit.c; seen with U-Boot 2025.01.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import Form
from dtgen.diagnostics import Finding

ID = "missing-load"


def check(delivery: Delivery) -> Iterator[Finding]:
    table = delivery.table
    if table.form is not Form.FIT:
        return
    said: set[str] = set()
    for proof in delivery.proofs:
        configuration = proof.configuration
        if proof.base is None:
            continue
        image = table.images.get(configuration.pieces[0].name) if configuration.pieces[1:] else None
        if image and image.load is None and image.name not in said:
            said.add(image.name)
            yield Finding.at(
                image.location,
                f"{image.name} has no load address, and {configuration.name} applies overlays to it",
                "give it the address that the board's fdt_addr_r has: load = <0x…>",
            )
