"""Devices wait for a supplier that never came.

Why: the driver core puts off a device until what it needs is there, and lists at last what still waits. The end of
the chain, not its beginning, is what is missing: a driver that is not built, or a node that is disabled.

Says:

    [   20.143356] platform sound: deferred probe pending: platform: wait for supplier /soc@0/pinctrl@a7c0000/x-state
    -- says
    possible: sound waits for /soc@0/pinctrl@a7c0000/x-state

Says of one that is disabled in the tree:

    [   20.143356] platform sound: deferred probe pending: platform: wait for supplier /soc/pinctrl@a7c0000
    -- tree
    soc { pinctrl@a7c0000 { status = "disabled"; }; };
    -- says
    possible: sound waits for /soc/pinctrl@a7c0000, which is disabled in the tree

Silent:

    gcc-sm8550 100000.clock-controller: sync_state() pending due to 3d6a000.gmu

Fix: enable the supplier, or build its driver; `/sys/kernel/debug/devices_deferred` has the whole list.

Source: deferred_probe_timeout_work_func() in the kernel's drivers/base/dd.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Verdict
from dtgen.hardware.status import unavailable

ID = "deferred-supplier"

_SUPPLIER = re.compile(r"supplier (\S+?)(?: not ready)?$")


def check(case: Case) -> Iterator[Verdict]:
    events = list(case.of("deferred"))
    named = [(event, match[1]) for event in events if (match := _SUPPLIER.search(event.get("reason")))]
    if not events:
        return
    waiting = {event.get("device") for event in events}
    # the end of a chain: what is waited for and does not wait itself
    ends = [(event, supplier) for event, supplier in named if not _device(supplier) & waiting]
    event, supplier = (ends or named or [(events[0], "")])[0]
    yield Verdict(
        Confidence.POSSIBLE,
        f"{event.get('device')} waits for {supplier or 'something that the log does not name'}"
        + _disabled(case, supplier),
        (event,),
        remarks=(f"{len(events) - 1} more devices wait",) if len(events) > 1 else (),
        rivals=("its driver is not built or not loaded", "its node is disabled, or its driver failed before"),
        verify="cat /sys/kernel/debug/devices_deferred",
        follows=_others(events, event),
    )


def _others(events: list[Event], first: Event) -> tuple[Event, ...]:
    return tuple(event for event in events if event is not first)


def _device(supplier: str) -> set[str]:
    """The names that the log may have for a supplier."""
    names = {supplier}
    for part in supplier.split("/"):
        node, _, address = part.partition("@")
        if address:
            names.add(f"{address}.{node}")
    return names


def _disabled(case: Case, supplier: str) -> str:
    if case.tree is None:
        return ""
    node = case.tree.system.tree.nodes.get(supplier) or case.tree.node(supplier)
    return ", which is disabled in the tree" if node and unavailable(case.tree.system.tree, node) else ""
