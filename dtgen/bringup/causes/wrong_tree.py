"""The tree that was given is not the one that ran.

Why: what is read out of a log with another board's tree, or with that of an earlier build, misleads. The kernel
prints the model and, since 6.6, every carveout of the tree that it got; a context fault shows that its stream
belongs to a device. Where the tree says otherwise, it did not run.

Says:

    [    0.000000] Machine model: Qualcomm Technologies, Inc. Monaco EVK
    -- tree
    model = "Qualcomm SA8775P Ride";
    -- says
    certain: the tree is not the one that ran: it is for another board

Silent:

    [    0.000000] Machine model: Qualcomm Technologies, Inc. Monaco EVK
    -- tree
    model = "Qualcomm Technologies, Inc. Monaco EVK";

Fix: give the tree that the board booted (`/sys/firmware/fdt`), or boot the one that was meant; `dtgen live`
compares the two.

Source: setup_machine_fdt() in the kernel's arch/arm64/kernel/setup.c; drivers/of/of_reserved_mem.c.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.hardware.naming import listed

ID = "wrong-tree"

_ALIKE = 0.85
"""Models that differ less may be one that was cut or garbled at the console."""
_GARBLED = re.compile(r"[^ -~]|[\\\[\]:]")
"""What no model has, and lines have that ran into one another."""
_CHANGE = Remedy("nothing yet: give the tree that ran, or boot the one that was meant")
_VERIFY = "dtgen live /sys/firmware/fdt BUILT.dtb"


def check(case: Case) -> Iterator[Verdict]:
    if case.exact is None:
        return
    tree = case.exact
    yield from _model(case, tree)
    yield from _carveouts(case, tree)
    yield from _streams(case, tree)


def _model(case: Case, tree: KnownTree) -> Iterator[Verdict]:
    event = case.first("model")
    wanted = next(iter(tree.system.tree.root.strings("model")), "")
    if not event or not wanted:
        return
    ran, wanted = (" ".join(text.split()) for text in (event.get("model"), wanted))
    if wanted.startswith(ran) or ran.startswith(wanted):  # the line is cut, or another one ran into it
        return
    alike = difflib.SequenceMatcher(None, ran, wanted, autojunk=False).ratio()
    garbled = _GARBLED.search(ran) or _is_within(ran, wanted)
    yield Verdict(
        Confidence.CERTAIN if not garbled and alike < _ALIKE else Confidence.LIKELY,
        "the tree is not the one that ran: it is for another board",
        (event,),
        tree=(f'{tree.file} is for "{wanted}"',),
        change=_CHANGE,
        verify=_VERIFY,
    )


def _is_within(part: str, whole: str) -> bool:
    """Whether letters that were lost make one of the other."""
    left = iter(whole)
    return all(letter in left for letter in part)


def _carveouts(case: Case, tree: KnownTree) -> Iterator[Verdict]:
    """Those of the log that the tree has elsewhere: bootloaders add some, and move none."""
    moved = [event for event in case.of("reserved") if _is_moved(tree, event)]
    if moved:
        yield Verdict(
            Confidence.LIKELY,
            "the tree is not the one that ran: it has carveouts at other addresses",
            (moved[0],),
            tree=tuple(_elsewhere(tree, event) for event in moved[:3]),
            change=_CHANGE,
            verify=_VERIFY,
        )


def _is_moved(tree: KnownTree, event: Event) -> bool:
    name, start = event.get("node"), event.number("start")
    carveout = next((c for c in tree.system.carveouts if c.node.name == name), None)
    return bool(carveout and carveout.regions and all(region.start != start for region in carveout.regions))


def _elsewhere(tree: KnownTree, event: Event) -> str:
    name = event.get("node")
    regions = next(c.regions for c in tree.system.carveouts if c.node.name == name)
    return f"{name} is at {listed([str(region) for region in regions])}"


def _streams(case: Case, tree: KnownTree) -> Iterator[Verdict]:
    """A stream that faulted in a context belongs to a device of the tree that ran."""
    for event in case.of("context-fault"):
        sid, smmu = event.number("cbfrsynra"), tree.smmu(event.get("smmu"))
        if sid is None or smmu is None or tree.claims(smmu, sid & 0xFFFF):
            continue
        again = [e for e in case.of("context-fault-stream") if e.number("sid") == sid & 0xFFFF]
        yield Verdict(
            Confidence.CERTAIN if again else Confidence.LIKELY,
            f"the tree is not the one that ran: stream {sid & 0xFFFF:#x} is attached, and no node claims it",
            (event, *again[:1]),
            tree=(f"{tree.name(smmu)} has no stream {sid & 0xFFFF:#x} in {tree.file}",),
            change=_CHANGE,
            verify=_VERIFY,
        )
        return
