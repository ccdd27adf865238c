"""What was given as an overlay has no fragment: it is a base, or empty.

Why: libfdt applies what has no fragments without an error, and nothing changes. A base and an overlay in
the wrong order are the most common cause, a source without `/plugin/;` is another.

Fires on:

    dsp: dsp { };
    /plugin/;
    / { compatible = "qcom,sa8775p"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: give the base first and then the overlays; write `/plugin/;` after `/dts-v1/;` in an overlay.

Source: overlay_merge() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Subject

ID = "no-overlay"
ORDER = "the order is: base, overlay, overlay, …"
"""The help where a base is given for an overlay; where there is no order, commands say what to do."""


def check(overlay: Overlay) -> Iterator[Finding]:
    if overlay.fragments:
        return
    board = ", ".join(overlay.tree.root.compatible)
    message, help = "it has no fragment: it is not an overlay", "does its source lack /plugin/;?"
    if board or overlay.tree.nodes.keys() - {"/"}:
        message = f"this is a base{f' (of {board})' if board else ''}, not an overlay"
        help = ORDER
    yield Finding(Subject("/"), message, help)
