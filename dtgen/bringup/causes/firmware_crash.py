"""The firmware of a processor crashed by itself.

Why: a "fatal error" or a watchdog of the processor with no fault of an SMMU before it is its own: an assertion of
its firmware, in the words of its firmware. The stream and the memory were right when it started.

Says:

    [  208.222558] qcom_q6v5_pas 30000000.remoteproc: fatal error received: glink_channel_migration.c:758:Assertion failed
    [  208.222565] remoteproc remoteproc4: crash detected in adsp: type fatal error
    -- says
    not the tree: the firmware of adsp crashed: glink_channel_migration.c:758:Assertion failed

Silent:

    [  208.220380] remoteproc remoteproc4: remote processor adsp is now up

Fix: none in the tree; the text is for those who have the firmware's sources.

Source: q6v5_fatal_interrupt() in the kernel's drivers/remoteproc/qcom_q6v5.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "firmware-crash"


def check(case: Case) -> Iterator[Verdict]:
    events = list(case.of("fatal-error")) or list(case.of("rproc-crash"))
    faults = [event.line for event in case.of("context-fault", "rproc-iommu-fault")]
    events = [event for event in events if not any(line < event.line for line in faults)]
    if not events:
        return
    first = events[0]
    name = first.get("name") or case.processor(first)
    reason = f": {first.get('reason')}" if first.get("reason") else ""
    others = [event for event in events[1:] if event.get("device") != first.get("device")]
    crashes = sum(e.count for e in case.of("rproc-crash"))
    remarks = (*((f"{len(others)} other processors crashed, too",) if others else ()),)
    yield Verdict(
        Confidence.NOT_THE_TREE,
        f"the firmware of {name} crashed{reason}",
        (first,),
        remarks=(*remarks, *((f"crash loop ×{crashes}",) if crashes > len(events) else ())),
        change=Remedy("none in the device tree; the firmware's own words name the place"),
        verify=case.verify_up(first),
        follows=tuple(case.of("fatal-error", "rproc-crash", "rproc-recovery", "handover", "rproc-stopped")),
    )
