"""A carveout that the overlay wrote overlaps another one.

Why: the kernel logs an overlap ("OVERLAP DETECTED!") and goes on. Two processors then share the memory,
and one that TrustZone protects is closed to the other: what breaks, and when, is anybody's guess.

Fires on:

    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
        cdsp_mem: cdsp@97700000 { reg = <0x97700000 0x1e00000>; no-map; };
    };
    /plugin/;
    &adsp_mem { reg = <0x95900000 0x1f00000>; };

Passes, for overlaps of the base's own are the board's matter:

    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
        adsp_dtb: dtb@95900000 { reg = <0x95900000 0x80000>; no-map; };
        cdsp_mem: cdsp@97700000 { reg = <0x97700000 0x1e00000>; no-map; };
    };
    /plugin/;
    &cdsp_mem { reg = <0x97700000 0x1f00000>; };

Fix: move or shrink one of the two, or disable the one that nobody uses; `dtgen memory` shows what is taken.

Source: __rmem_check_for_overlap() in the kernel's drivers/of/of_reserved_mem.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.memory import overlaps, size_text
from dtgen.hardware.system import System

ID = "reserved-overlap"


def check(system: System) -> Iterator[Finding]:
    live = [carveout for carveout in system.carveouts if system.available(carveout.node)]
    for overlap in overlaps(live):
        ours, theirs = overlap.first.node.path, overlap.second.node.path
        if not _placed(system, ours):
            ours, theirs = theirs, ours
        if _placed(system, ours):
            names = f"{system.tree.name_of(ours)} and {system.tree.name_of(theirs)}"
            yield Finding(
                Subject(ours, "reg"),
                f"{names} have {size_text(overlap.common.size)} from {overlap.common.start:#x} on in common",
                "move or shrink one of them; the kernel only logs it, and gives the memory to both",
                (Subject(theirs, "reg"),),
            )


def _placed(system: System, path: str) -> bool:
    """Whether it is by the overlay that the carveout is where it is, or is at all."""
    return system.wrote(Subject(path, "reg")) or system.wrote(Subject(path, "status"))
