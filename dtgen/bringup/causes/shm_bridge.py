"""TrustZone refused a bridge to shared memory.

Why: since Linux 7.2 the PAS driver makes a bridge for the carveout of a processor that has a stream. TrustZone
refuses it for memory that is its own, that has a bridge already, or that is no RAM.

Says:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    7.1] qcom_scm firmware:scm: SHM Bridge failed: ret -22 paddr 0x0x0000000095c00000, size 31457280
    -- says
    likely: TrustZone refused a bridge to the memory at 0x95c00000

Silent:

    [    2.351999] qcom_scm firmware:scm: SHM Bridge enabled

Fix: compare the carveout with the memory map of the firmware.

Source: qcom_tzmem_shm_bridge_create() in the kernel's drivers/firmware/qcom/qcom_tzmem.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject

ID = "shm-bridge"

_EL2 = 2


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("shm-bridge-failed"):
        address = event.number("paddr")
        carveout = case.tree.carveout_at(address) if case.tree and address is not None else None
        where = f"the memory at {address:#x}" if address is not None else "its memory"
        subject = Subject(carveout.node.path, "reg") if carveout else None
        name = case.tree.name(carveout.node) if carveout and case.tree else ""
        yield Verdict(
            Confidence.LIKELY if case.level == _EL2 and address is not None else Confidence.POSSIBLE,
            f"TrustZone refused a bridge to {where}",
            (event,),
            tree=(f"{address:#x} is in {name}",) if name else (),
            change=case.edits.at(subject, f"{name}: reg, memory that is not TrustZone's")
            if subject
            else Remedy("the carveout at that address: memory that is not TrustZone's"),
            rivals=("a bridge from the bootloader that still stands", "memory that TrustZone owns"),
            follows=case.following(event, "init-image", "rproc-failed", "release-refused"),
            subject=subject,
        )
        return
