"""A loader is given an overlay that it passes over.

Why: nothing says so, and the base boots alone. systemd-boot does not read `devicetree-overlay`, which the
Boot Loader Specification has had since 2019. GRUB's second `devicetree` replaces the first: the kernel gets
the overlay for its devicetree, and hangs. U-Boot applies `fdtoverlays` to what `fdt` names, and nowhere else.

Fires on:

    title Linux at EL2
    linux /Image
    devicetree /dtb/board.dtb
    devicetree-overlay /dtb/soc-el2.dtbo

Fires on a second `devicetree`:

    menuentry 'Linux at EL2' {
        devicetree /dtb/board.dtb
        devicetree /dtb/soc-el2.dtbo
    }

Fires on overlays without a base:

    label el2
        kernel /Image
        fdtoverlays /dtb/soc-el2.dtbo

Passes:

    title Linux at EL2
    linux /Image
    devicetree /dtb/board-el2.dtb

Fix: name the merged devicetree, which `dtgen deliver` and kbuild make.

Source: seen with systemd-boot 257 and GRUB 2.12; label_boot() in U-Boot's boot/pxe_utils.c; barebox reads
`devicetree-overlay`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.delivery.stacks import Delivery
from dtgen.delivery.table import Form
from dtgen.diagnostics import Finding

ID = "ignored-overlay"


_WHY = {
    Form.BLS: "systemd-boot does not read devicetree-overlay: {} is not applied",
    Form.GRUB: "GRUB takes {} for the devicetree, in place of the one before",
    Form.EXTLINUX: "U-Boot applies fdtoverlays only where fdt is given: {} is not applied",
}


def check(delivery: Delivery) -> Iterator[Finding]:
    form = delivery.table.form
    help = "give fdt, too" if form is Form.EXTLINUX else "name the merged devicetree"
    for configuration in delivery.table.configurations:
        for piece in configuration.ignored:
            yield Finding.at(piece.location, _WHY[form].format(piece.name), help)
