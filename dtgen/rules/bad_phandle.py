"""A labelled node of the base has no phandle, or one that another node has, too.

Why: libfdt goes from the label to the node's phandle, and from the phandle to the first node that has it.
Without one it says FDT_ERR_NOTFOUND; with one that two nodes share, what is for the one goes to the other
without a word.

Fires on:

    dsp { };
    __symbols__ { dsp = "/dsp"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: compile the base again with `dtc -@`, which gives every labelled node a phandle of its own.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c; fdt_node_offset_by_phandle() in fdt_ro.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.fixups import PLACEHOLDER
from dtgen.diagnostics import Finding
from dtgen.overlay.application import Application

ID = "bad-phandle"


def check(application: Application) -> Iterator[Finding]:
    base = application.base
    for label in application.overlay.fixups:
        node = base.find(base.symbols.get(label, ""))
        if node is None:
            continue
        phandle = node.cell("phandle") if "phandle" in node.properties else node.cell("linux,phandle")
        if phandle in (None, 0, PLACEHOLDER):
            message = f"{node.path} of base {base.file} has the label {label}, but no phandle"
            help = "compile the base again with dtc -@, which gives every labelled node one"
        elif (other := base.by_phandle[phandle or 0]).path != node.path:
            message = f"{node.path} of base {base.file} has the phandle {phandle:#x}, and so has {other.path}"
            help = f"the base is damaged, and what is for {label} would go to {other.path}: compile it again"
        else:
            continue
        yield Finding(application.first_use(label), message, help)
