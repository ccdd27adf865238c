"""An overlay writes one property of one node twice.

Why: libfdt merges one fragment after the other, so the last one wins. The kernel, which can apply overlays
at run time, refuses such an overlay (-22, EINVAL), whatever the values are.

Fires on:

    dsp: dsp { };
    /plugin/;
    &dsp { reg = <1>; };
    &{/dsp} { reg = <2>; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { reg = <1>; };
    &{/dsp} { status = "disabled"; };

Fix: write it once.

Source: find_dup_cset_prop() in the kernel's drivers/of/overlay.c; overlay_merge() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.placement import placement
from dtgen.overlay.stack import Step

ID = "repeated-property"


def check(step: Step) -> Iterator[Finding]:
    overlay, tree = step.layer.overlay, step.merged.tree
    written: dict[Subject, list[Subject]] = {}
    for path, merged in placement(overlay, step.merged.base).places.items():
        node = overlay.tree.at(path)
        for name in node.properties if node else ():
            written.setdefault(Subject(merged, name), []).append(Subject(path, name))
    for subject, places in written.items():
        if len(places) > 1:
            often = "twice" if len(places) == 2 else f"{len(places)} times"
            yield Finding(
                subject,
                f"{subject.property} of {tree.name_of(subject.path)} is written {often} in this overlay, "
                "and the last one wins; the kernel refuses such an overlay at run time",
                "write it once",
                tuple(places[:-1]),
            )
