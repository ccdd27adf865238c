"""A processor was started, and the log does not say what became of it.

Why: after `Booting fw image` a processor is up or has failed within five seconds. A log that says neither ends too
early, or lost lines.

Says:

    [   14.158324] remoteproc remoteproc0: powering up adsp
    [   14.164322] remoteproc remoteproc0: Booting fw image qcom/sm8750/adsp.mbn, size 17680824
    -- says
    unknown: adsp was started, and the log ends without saying what became of it

Silent:

    [   14.158324] remoteproc remoteproc0: powering up adsp
    [   14.164322] remoteproc remoteproc0: Booting fw image qcom/sm8750/adsp.mbn, size 17680824
    [   14.258324] remoteproc remoteproc0: remote processor adsp is now up

Fix: give the whole log: `dmesg` of the running board, or the console for ten seconds more.

Source: rproc_start() in the kernel's drivers/remoteproc/remoteproc_core.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "incomplete"

_ENDS = ("rproc-up", "rproc-failed", "rproc-load", "rproc-crash", "rproc-stopped")


def check(case: Case) -> Iterator[Verdict]:
    names = {event.get("rproc"): event.get("name") for event in case.of("rproc-powering", "rproc-available")}
    for event in case.of("rproc-booting"):
        rproc = event.get("rproc")
        if any(other.get("rproc") == rproc for other in case.of(*_ENDS)):
            continue
        yield Verdict(
            Confidence.UNKNOWN,
            f"{names.get(rproc) or rproc} was started, and the log ends without saying what became of it",
            (event,),
            change=Remedy("give the whole log: dmesg, or ten seconds more of the console"),
            verify=f"cat /sys/class/remoteproc/{rproc}/state",
        )
