"""A label of the base is of a node that is not there.

Why: `__symbols__` is a table of labels and paths that dtc writes. A tool that deletes or renames nodes of a
blob without it leaves labels that lead nowhere, and libfdt says FDT_ERR_NOTFOUND, as it does for a label
that is unknown.

Fires on:

    __symbols__ { dsp = "/dsp"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: compile the base again, or run the tool that changed it with the table in mind.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.overlay.application import Application

ID = "stale-label"


def check(application: Application) -> Iterator[Finding]:
    base = application.base
    for label in application.overlay.fixups:
        path = base.symbols.get(label)
        if path is not None and base.find(path) is None:
            yield Finding(
                application.first_use(label),
                f"the label {label} of base {base.file} is of {path}, and there is no such node",
                "the base is damaged: compile it again",
            )
