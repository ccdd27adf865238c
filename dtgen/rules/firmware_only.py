"""The overlay has parameters or dormant fragments, which only the firmware of Raspberry Pi understands.

Why: that firmware reads `__overrides__` as parameters, and makes an `__overlay__` of a `__dormant__` where
one of them says so. libfdt, and with it U-Boot and fdtoverlay, merges neither: the overlay does what it does
without any parameter.

Fires on:

    dsp: dsp { };
    /plugin/;
    / {
        fragment@0 { target = <&dsp>; __overlay__ { x; }; };
        fragment@1 { target = <&dsp>; __dormant__ { y; }; };
        __overrides__ { y = <0>, "+1"; };
    };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { x; };

Fix: nothing, if that is what it is for.

Source: overlay_merge() in libfdt's fdt_overlay.c; Raspberry Pi documentation, Device Tree parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import DORMANT, OVERRIDES
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "firmware-only"


def check(step: Step) -> Iterator[Finding]:
    root = step.layer.overlay.tree.root
    found = [f"/{OVERRIDES}"] if OVERRIDES in root.children else []
    found += [child.path for child in root.children.values() if DORMANT in child.children]
    if found:
        yield Finding(
            Subject(found[0]),
            "parameters and dormant fragments are of Raspberry Pi firmware, libfdt ignores them",
            also=tuple(map(Subject, found[1:])),
        )
