"""A fragment that is written by hand has a `target` and a `target-path`: the path is ignored.

Why: libfdt and the kernel look at the path only where there is no `target`. So the fragment is merged into
the node that `target` names, whatever the path says.

Fires on:

    soc { dsp: dsp { }; gpu { }; };
    /plugin/;
    / { fragment@0 { target = <&dsp>; target-path = "/soc/gpu"; __overlay__ { status = "disabled"; }; }; };

Passes:

    soc { dsp: dsp { }; gpu { }; };
    /plugin/;
    / { fragment@0 { target-path = "/soc/gpu"; __overlay__ { status = "disabled"; }; }; };

Fix: remove the one that is wrong.

Source: overlay_get_target() in libfdt's fdt_overlay.c; find_target() in the kernel's drivers/of/overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "ignored-target-path"


def check(step: Step) -> Iterator[Finding]:
    for fragment in step.layer.overlay.fragments:
        if fragment.target and fragment.target.cells != (0,) and fragment.target_path is not None:
            yield Finding(
                Subject(fragment.path, "target-path"),
                f"target-path {fragment.target_path} is ignored: the fragment has a target",
                "remove one of the two",
            )
