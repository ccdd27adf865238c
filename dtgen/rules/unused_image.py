"""A FIT carries an image that no configuration names.

Why: it takes room in a partition that has little (4 MiB), and looks as if something booted with it.

Fires on:

    / {
        images {
            fdt-board.dtb { data = /incbin/("board.dtb"); };
            fdt-board-r3.dtb { data = /incbin/("board-r3.dtb"); };
        };
        configurations {
            conf-1 { fdt = "fdt-board.dtb"; };
        };
    };

Passes:

    / {
        images {
            fdt-board.dtb { data = /incbin/("board.dtb"); };
        };
        configurations {
            conf-1 { fdt = "fdt-board.dtb"; };
        };
    };

Fix: take it out, or name it in a configuration.

Source: U-Boot's doc/usage/fit/source_file_format.rst.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "unused-image"

_DEVICETREE = "flat_dt"


def check(delivery: Delivery) -> Iterator[Finding]:
    table = delivery.table
    used = {piece.name for configuration in table.configurations for piece in configuration.pieces}
    for image in table.images.values():
        if image.type in ("", _DEVICETREE) and image.name not in used:
            yield Finding.at(image.location, f"no configuration names the image {image.name}")
