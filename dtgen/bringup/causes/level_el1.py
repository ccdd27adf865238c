"""Linux runs at EL1: what needs EL2 is not to be expected.

Why: the level decides what a tree has to say of streams. A carveout called `hyp`, `HCRX_EL2` or `CNTVOFF_EL2`
among the CPU's features say nothing about it; the line of the SMP code or that of KVM does.

Says:

    [    0.000000] CPU features: detected: HCRX_EL2 register
    [    0.071971] kvm [1]: HYP mode not available
    -- says
    info: Linux runs at EL1, not at EL2

Silent:

    [    0.091000] CPU: All CPU(s) started at EL2

Fix: nothing, unless EL2 was meant: then the firmware has to start Linux there.

Source: hyp_mode_check() in the kernel's arch/arm64/kernel/smp.c; kvm_arm_init() in arch/arm64/kvm/arm.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Verdict

ID = "level-el1"


def check(case: Case) -> Iterator[Verdict]:
    shown = case.level_shown
    if case.level == 1 and shown:
        yield Verdict(Confidence.INFO, "Linux runs at EL1, not at EL2", (shown,))
