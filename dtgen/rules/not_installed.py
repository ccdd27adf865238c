"""A kernel's Makefile makes a devicetree of a base and overlays, and no `dtb-` line names it.

Why: a `-dtbs` line alone builds nothing: kbuild makes and installs what the `dtb-` lines name. The build
ends without a message, and /boot has no such file.

Fires on:

    board-el2-dtbs := board.dtb soc-el2.dtbo

Passes:

    board-el2-dtbs := board.dtb soc-el2.dtbo

    dtb-$(CONFIG_ARCH_QCOM)	+= board-el2.dtb

Fix: add the line.

Source: scripts/Makefile.dtbs in the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.diagnostics import Finding

ID = "not-installed"


def check(delivery: Delivery) -> Iterator[Finding]:
    table = delivery.table
    used = {piece.name for configuration in table.configurations for piece in configuration.pieces}
    for configuration in table.configurations:
        file = f"{configuration.name}.dtb"
        if table.installed is not None and file not in table.installed and file not in used:
            yield Finding.at(
                configuration.location,
                f"{file} is made of a base and overlays, and no dtb- line names it: it is not built",
                f"add: dtb-$(CONFIG_…) += {file}",
            )
