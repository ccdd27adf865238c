"""The lines are of a board without a devicetree, or of another system than Linux.

Why: devices called `arm-smmu-v3.5.auto` come of ACPI tables, and lines of Xen or of another hypervisor are about
its own streams. No devicetree of Linux explains them.

Says:

    [   70.355743] arm-smmu-v3 arm-smmu-v3.5.auto: event 0x10 received:
    -- says
    info: arm-smmu-v3.5.auto is a device of ACPI: there is no devicetree here

Says of Xen:

    (XEN) SMMUv3: /smmuv3@9050000: event 0x10 received:
    -- says
    info: this was printed by Xen, not by Linux: it owns the SMMU

Silent:

    arm-smmu-v3 490d0000.iommu: event 0x10 received:

Fix: nothing in a devicetree.

Source: drivers/acpi/arm64/iort.c in the kernel; xen/drivers/passthrough/arm/smmu-v3.c in Xen.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.faults import requester, smmu3_events
from dtgen.bringup.verdict import Confidence, Verdict

ID = "no-devicetree"

_ACPI = ".auto"


def check(case: Case) -> Iterator[Verdict]:
    xen = case.first("xen-smmu")
    if xen:
        yield Verdict(Confidence.INFO, "this was printed by Xen, not by Linux: it owns the SMMU", (xen,))
    events = [e for e in case.boot.events if e.get("smmu").endswith(_ACPI)]
    if events:
        said = tuple(
            f"{found.name} of stream {found.sid:#x} (requester {requester(found.sid)})"
            + (f", address {found.iova:#x}" if found.iova is not None else "")
            for found in smmu3_events(case)
            if found.smmu.endswith(_ACPI)
        )
        yield Verdict(
            Confidence.INFO,
            f"{events[0].get('smmu')} is a device of ACPI: there is no devicetree here",
            (events[0],),
            remarks=said[:3],
            follows=tuple(events[1:]),
        )
