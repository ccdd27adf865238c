"""The kernel aborted where it touched an SMMU or a watchdog, and nobody knows at which level it ran.

Why: an access that a hypervisor refuses ends in a synchronous external abort. So does one to hardware without
power or clock: the function alone does not tell the two apart, the exception level does.

Says:

    [    4.036000] Internal error: synchronous external abort: 0000000096000010 [#1]  SMP
    [    4.036100] pc : qcom_smmu_write_s2cr+0x84/0x140
    -- says
    possible: the kernel aborted in qcom_smmu_write_s2cr

Silent:

    [    4.036000] Internal error: synchronous external abort: 0000000096000010 [#1]  SMP
    [    4.036100] pc : dwc3_core_init+0x84/0x140

Fix: look for `CPU: All CPU(s) started at`. At EL1, a tree for EL2 is the cause.

Source: do_sea() in the kernel's arch/arm64/mm/fault.c; qcom_smmu_write_s2cr() in arm-smmu-qcom.c; qcom-wdt.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Verdict

ID = "refused-access"

_OURS = ("qcom_smmu_", "arm_smmu_", "qcom_wdt_")


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("abort-at"):
        if event.get("function").startswith(_OURS):
            before = [e for e in case.of("abort") if case.close(e, event)]
            yield Verdict(
                Confidence.POSSIBLE,
                f"the kernel aborted in {event.get('function')}",
                (*before[-1:], event),
                rivals=(
                    "a tree for EL2 at EL1: `dmesg | grep 'started at EL'` says the level",
                    "at EL2: no power or clock at the device, which is the driver's or the firmware's",
                ),
                follows=tuple(case.following(event, "panic")),
            )
            return
