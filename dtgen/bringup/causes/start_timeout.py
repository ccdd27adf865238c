"""A processor was released, and did not say within five seconds that it runs.

Why: TrustZone took the image; what is missing is the processor's ready interrupt. Firmware of Windows laptops at
EL2 answers every call and never releases the processor; a kernel that loses the interrupt looks alike, and so does
a modem whose file service does not run.

Says:

    [   14.508388] qcom_q6v5_pas b300000.remoteproc: start timed out
    [   14.522733] remoteproc remoteproc2: can't start rproc cdsp: -110
    -- says
    possible: cdsp was started and did not answer

Silent:

    [   14.508388] remoteproc remoteproc2: remote processor cdsp is now up

Fix: see which of the explanations holds; this line alone does not say it.

Source: qcom_pas_start() in the kernel's drivers/remoteproc/qcom_q6v5_pas.c; qcom_q6v5_mss.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.hardware.naming import listed
from dtgen.hardware.pas import is_pas

ID = "start-timeout"

_EL2 = 2


def check(case: Case) -> Iterator[Verdict]:
    first: dict[str, Event] = {}
    for event in case.of("start-timeout"):
        first.setdefault(event.get("device"), event)
    if not first:
        return
    events = list(first.values())
    names = [case.processor(event) for event in events]
    up = case.first("rproc-up")
    laptop = bool(case.tree and case.level == _EL2 and case.tree.system.pas_at_el2 is False)
    nodes = [case.node(device) for device in first]
    streams = [node for node in nodes if node and is_pas(node) and "iommus" in node.properties]
    sure = laptop and len(events) > 1 and not up
    yield Verdict(
        Confidence.LIKELY if sure else Confidence.POSSIBLE,
        f"{listed(names)} {'was' if len(names) == 1 else 'were'} started and did not answer",
        (events[0],),
        remarks=(f"{len(events) - 1} more time out alike",) if len(events) > 1 else (),
        tree=tuple(f"{case.tree.name(node)} has a stream" for node in streams[:3] if case.tree),
        change=Remedy("no streams for these processors: this firmware does not serve PAS at EL2")
        if sure
        else None,
        rivals=()
        if sure
        else (
            "at EL2 with a laptop's firmware: TrustZone never releases them; x1-laptop gives them no stream",
            "the ready interrupt is lost: another kernel with the same tree would tell",
            "what the processor waits for does not run (a modem's rmtfs), or its image is not the board's",
        ),
        verify=case.verify_up(events[0]),
        follows=tuple(_follows(case, events)),
    )


def _follows(case: Case, events: list[Event]) -> Iterator[Event]:
    yield from (event for event in case.of("start-timeout") if event not in events)
    yield from (event for event in case.of("rproc-failed") if "-110" in event.get("error"))
    yield from case.of("deferred")
