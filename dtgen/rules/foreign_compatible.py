"""The overlay says which boards it is for, and the base is none of them.

Why: libfdt does not look at the root's `compatible` of an overlay, and applies it wherever its labels and
paths are there: boards of sibling SoCs have most of them. Its addresses and streams are another board's.

Fires on:

    compatible = "vendor,board", "vendor,soc";
    dsp: dsp { };
    /plugin/;
    / { compatible = "vendor,other"; };
    &dsp { x; };

Passes:

    compatible = "vendor,board", "vendor,soc";
    dsp: dsp { };
    /plugin/;
    / { compatible = "vendor,soc"; };
    &dsp { x; };

Fix: take a base that the overlay is for, or say in the overlay that it is for this one, too.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c, which merges fragments alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "foreign-compatible"


def check(step: Step) -> Iterator[Finding]:
    base = step.merged.base
    theirs, ours = step.layer.overlay.tree.root.compatible, base.root.compatible
    if theirs and ours and set(theirs).isdisjoint(ours):
        yield Finding(
            Subject("/"),
            f"the overlay is for {' or '.join(theirs)}, and base {base.file} is for {', '.join(ours)}",
            "give a base that it is for, or add this one's compatible to the overlay's",
        )
