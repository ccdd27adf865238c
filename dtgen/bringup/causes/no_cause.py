"""A line that is often taken for a cause, and is none.

Why: people who search for the last odd line find these, on healthy boards too. The zap shader's line is right at
EL2; a root port (ID 0) needs no translation; `sync_state()` waits for drivers that nobody has; a watchdog that
refuses a long timeout at shutdown stops nothing.

Says:

    OF: /soc/pcie@f5000000: no iommu-map translation for id 0x0 on (null)
    -- says
    info: no translation for the root port itself (ID 0x0): normal

Says of a zap shader that is not used:

    msm_dpu ae01000.display-controller: Zap shader not enabled - using SECVID_TRUST_CNTL instead
    -- says
    info: the GPU left secure mode without a zap shader: right at EL2

Silent:

    [    1.173515] OF: /soc/pcie@3800000: no iommu-map translation for id 0x100 on (null)

Fix: nothing.

Source: of_map_id() in the kernel's drivers/of/base.c; a6xx_zap_shader_init(); drivers/base/core.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Verdict

ID = "no-cause"

_FIRST_BUS = 0x100


def check(case: Case) -> Iterator[Verdict]:
    said = set()
    for event in case.of("no-translation", "zap-not-used", "sync-state", "watchdog-refused"):
        match event.id:
            case "no-translation" if (event.number("id") or 0) < _FIRST_BUS:
                summary = f"no translation for the root port itself (ID {event.number('id') or 0:#x}): normal"
            case "zap-not-used":
                summary = "the GPU left secure mode without a zap shader: right at EL2"
            case "sync-state":
                summary = "sync_state() waits for devices without a driver: harmless"
            case "watchdog-refused":
                summary = "the watchdog refused a timeout at shutdown: its own limit, not the tree"
            case _:
                continue
        if summary not in said:
            said.add(summary)
            yield Verdict(Confidence.INFO, summary, (event,))
