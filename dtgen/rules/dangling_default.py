"""The configuration that is booted by default does not exist.

Why: U-Boot stops at a FIT with such a `default`. In extlinux.conf it says nothing, and boots the labels as
they stand: the first one that starts wins, which may be the one without the overlay.

Fires on:

    default linux-el2
    label linux
        fdt /dtb/bare.dtb

Passes:

    default linux
    label linux
        fdt /dtb/bare.dtb

Fix: write the name as the configuration or the label has it.

Source: fit_conf_get_node() in U-Boot's boot/image-fit.c, pxe_menu_to_menu() in boot/pxe_utils.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import Form
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "dangling-default"


def check(delivery: Delivery) -> Iterator[Finding]:
    table = delivery.table
    if table.default is None or table.default.name in table.names:
        return
    what = "label" if table.form is Form.EXTLINUX else "configuration"
    near = likely(table.default.name, table.names)
    yield Finding.at(
        table.default.location,
        f"no {what} is called {table.default.name}",
        f"did you mean {near}?" if near else f"name a {what} that exists",
    )
