"""The watchdog that runs is one that only the hypervisor has.

Why: Gunyah emulates an SBSA watchdog. At EL2 there is nothing behind its registers: it does not count, and a hung
board stays hung.

Says:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    1.1] sbsa-gwdt 1c840000.watchdog: Initialized with 10s timeout @ 19200000 Hz, action=0.
    -- says
    likely: 1c840000.watchdog is the hypervisor's watchdog, and Linux runs at EL2

Silent:

    [    0.091000] CPU: All CPU(s) started at EL1
    [    1.1] sbsa-gwdt 1c840000.watchdog: Initialized with 10s timeout @ 19200000 Hz, action=0.

Fix: disable it, and enable the hardware watchdog (`qcom,kpss-wdt`).

Source: drivers/watchdog/sbsa_gwdt.c in the kernel; `x1-el2.dtso` of Linux v7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Verdict
from dtgen.diagnostics import Subject

ID = "emulated-watchdog"

_RULE = "hypervisor-leftover"
_EL2 = 2


def check(case: Case) -> Iterator[Verdict]:
    event = case.first("sbsa-watchdog")
    if event is None or case.level != _EL2:
        return
    device = event.get("device")
    node = case.node(device)
    finding = case.tree.fires(_RULE, node) if case.tree else None
    yield Verdict(
        Confidence.CERTAIN if finding and case.exact else Confidence.LIKELY,
        f"{case.name(device)} is the hypervisor's watchdog, and Linux runs at EL2",
        (event,),
        tree=(finding.message,) if finding else (),
        change=case.edits.disable(case.name(device), node.path if node else ""),
        verify="cat /sys/class/watchdog/*/identity",
        rule=_RULE if finding else "",
        subject=Subject(node.path) if node else None,
    )
