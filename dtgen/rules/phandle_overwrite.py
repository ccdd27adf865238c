"""The overlay gives a node a phandle, and the base has given it one already.

Why: dtc gives every node a phandle that has a label, in an overlay, too. libfdt keeps the base's phandle
since 1.7.1; before, it replaces it, and every reference of the base to the node leads nowhere.

Fires on:

    soc { dsp: dsp { }; };
    /plugin/;
    &{/soc} { again: dsp { status = "disabled"; }; };

Passes:

    soc { dsp: dsp { }; };
    /plugin/;
    &{/soc} { dsp { status = "disabled"; }; };

Fix: take the label off the node in the overlay, and use the base's.

Source: overlay_prevent_phandle_overwrite() in libfdt's fdt_overlay.c, since dtc 1.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.overlay.stack import Step

ID = "phandle-overwrite"


def check(step: Step) -> Iterator[Finding]:
    merged = step.merged
    for subject in merged.origins:
        node = merged.base.nodes.get(subject.path)
        if subject.property != "phandle" or node is None or node.cell("phandle") is None:
            continue
        yield Finding(
            subject,
            f"the overlay gives {merged.base.name_of(subject.path)} a phandle, and the base has given it one",
            "take the label off the node in the overlay and use the base's; bootloaders with libfdt "
            "before 1.7.1 renumber it, and what refers to it breaks",
        )
