"""A processor did not start, and the line that says why is not there.

Why: what the remoteproc core prints last only repeats the number of an earlier failure. Without that one, a mapping
that failed or a number is all that there is.

Says:

    [    7.3] remoteproc remoteproc0: can't start rproc adsp: -22
    -- says
    unknown: adsp did not start (-22), and no line says why

Says of a mapping:

    [    7.3] remoteproc remoteproc0: Failed to process resources: -22
    -- says
    unknown: remoteproc0 did not start (-22), and no line says why

Silent:

    [    7.2] qcom_q6v5_pas 3000000.remoteproc: start timed out
    [    7.3] remoteproc remoteproc0: can't start rproc adsp: -110

Fix: give the whole log; the kernel's own `dmesg` has all lines, a console may have been quiet.

Source: rproc_boot() and rproc_fw_boot() in the kernel's drivers/remoteproc/remoteproc_core.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "start-failed"


def check(case: Case) -> Iterator[Verdict]:
    names = {event.get("rproc"): event.get("name") for event in case.of("rproc-powering", "rproc-available")}
    seen = set()
    for event in case.of("rproc-load", "rproc-map", "rproc-failed"):
        about = event.get("rproc") or event.get("device")
        if about in seen:
            continue
        seen.add(about)
        error = f" ({event.get('error')})" if event.get("error") else ""
        yield Verdict(
            Confidence.UNKNOWN,
            f"{event.get('name') or names.get(about) or about} did not start{error}, and no line says why",
            (event,),
            change=Remedy("give the whole log: dmesg of the running board"),
            verify="cat /sys/class/remoteproc/*/state",
            follows=case.following(event, "rproc-load", "rproc-map", "rproc-failed"),
        )
