"""The kernel got no devicetree, or a damaged one.

Why: a firmware that hands over none, or a bootloader that puts it at an address that is not a multiple of 8 or
lets it grow over 2 MiB, leaves the kernel without hardware.

Says:

    EFI stub: Generating empty DTB
    -- says
    certain: the firmware handed no devicetree to the kernel

Says of a damaged one:

    Error: invalid device tree blob at physical address 0x0000000083000000 (virtual address 0x0000000000000000)
    -- says
    certain: the devicetree that the kernel got is damaged, or at a wrong address

Silent:

    EFI stub: Using DTB from configuration table

Fix: install the blob where the firmware or the bootloader looks for it; `dtgen validate` says whether it is whole.

Source: drivers/firmware/efi/libstub/fdt.c and setup_machine_fdt() in arch/arm64/kernel/setup.c of the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "no-tree"

_SUMMARIES = (
    "the firmware handed no devicetree to the kernel",
    "the devicetree that the firmware handed over is damaged",
    "the devicetree that the kernel got is damaged, or at a wrong address",
)


def check(case: Case) -> Iterator[Verdict]:
    event = case.first("no-tree")
    if event:
        yield Verdict(
            Confidence.CERTAIN,
            _SUMMARIES[event.form],
            (event,),
            change=Remedy(
                "nothing in the description: install the merged blob where the bootloader looks for it"
            ),
            verify="ls /sys/firmware/fdt",
        )
