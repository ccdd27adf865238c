"""The overlay writes into the base's `__symbols__` by hand.

Why: overlays that are applied later refer to these labels, and nothing says what they are of but this line:
neither dtc nor libfdt checks it. It is how a base that was compiled without labels is given some.

Fires on:

    dsp { };
    /plugin/;
    &{/} { __symbols__ { dsp = "/dsp"; }; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { node: node { }; };

Fix: nothing, if the path is right.

Source: overlay_apply_node() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import SYMBOLS, Node
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.placement import placement
from dtgen.overlay.stack import Step
from dtgen.words import counted

ID = "added-label"

_TABLE = f"/{SYMBOLS}"


def check(step: Step) -> Iterator[Finding]:
    for table in _tables(step):
        labels = [f"{prop.name} ({', '.join(prop.strings)})" for prop in table.properties.values()]
        count = counted(len(labels), "label")
        yield Finding(
            Subject(table.path), f"the overlay adds {count} to the base by hand: {', '.join(labels)}"
        )


def _tables(step: Step) -> Iterator[Node]:
    overlay = step.layer.overlay
    targets = placement(overlay, step.merged.base).targets
    for fragment in overlay.fragments:
        target = targets.get(fragment.path)
        if fragment.body and target == "/" and SYMBOLS in fragment.body.children:
            yield fragment.body.children[SYMBOLS]
        elif fragment.body and target == _TABLE:
            yield fragment.body
