"""TrustZone gave no resource table for a processor that has a stream.

Why: at EL2 the driver asks TrustZone which device memory the firmware needs, and maps it. Firmware that does not
serve PAS at EL2 does not know the call (-5, -95).

Says:

    [    7.303000] qcom_q6v5_pas 30000000.remoteproc: Error in getting resource table: -95
    -- says
    likely: TrustZone serves no resource table for 30000000.remoteproc (-95)

Silent:

    [    7.303000] remoteproc remoteproc0: remote processor adsp is now up

Fix: a firmware that serves PAS at EL2; or `firmware: {pas_at_el2: false}` and no stream for the processor.

Source: qcom_pas_parse_firmware() in Linux 7.0's drivers/remoteproc/qcom_q6v5_pas.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject

ID = "resource-table"


def check(case: Case) -> Iterator[Verdict]:
    events = list(case.of("resource-table"))
    if not events:
        return
    first = events[0]
    node = case.node(first.get("device"))
    text = "with such firmware: firmware: {pas_at_el2: false}, and no stream for it; else newer firmware"
    subject = Subject(node.path, "iommus") if node else None
    yield Verdict(
        Confidence.LIKELY,
        f"TrustZone serves no resource table for {case.processor(first)} ({first.get('error')})",
        (first,),
        remarks=(f"{len(events) - 1} more processors get none",) if len(events) > 1 else (),
        change=case.edits.at(subject, text) if subject else Remedy(text),
        verify=case.verify_up(first),
        follows=(*events[1:], *(e for event in events for e in case.core_says(event))),
        subject=subject,
    )
