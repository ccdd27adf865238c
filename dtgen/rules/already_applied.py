"""An overlay of a stack changes nothing: the base has all of it.

Why: it was most likely applied to this base before, by an earlier run or by the bootloader. That does no
harm, but the base is not what it is taken for.

Fires on:

    dsp: dsp { status = "disabled"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: nothing, or leave the overlay out.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree import diff
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "already-applied"


def check(step: Step) -> Iterator[Finding]:
    base, tree = step.merged.base, step.merged.tree
    if base.symbols == tree.symbols and not any(diff.changes(base, tree)):
        yield Finding(Subject("/"), f"{base.file} has all of it already: nothing changes")
