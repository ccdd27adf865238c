"""The overlay gives a label of the base to another node.

Why: libfdt adds the overlay's labels to the base's `__symbols__`, and one of a name that is there already
takes its place. Overlays that are applied later then write into the wrong node, without a word.

Fires on:

    dsp: dsp { };
    /plugin/;
    &{/} { dsp: regulator { }; };

Passes:

    dsp: dsp { };
    /plugin/;
    &{/} { vreg: regulator { }; };

Fix: give the node another label.

Source: overlay_symbol_update() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "label-clash"


def check(step: Step) -> Iterator[Finding]:
    before, after = step.merged.base.symbols, step.merged.tree.symbols
    for label, path in before.items():
        now = after.get(label, path)
        if now != path:
            yield Finding(
                Subject(now),
                f"the label {label} is the base's, of {path}, and now names {now}: "
                "overlays that are applied later go there",
                "give the node another label",
            )
