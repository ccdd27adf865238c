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

Fix: take the label off the node in the overlay, and use the base's; remove a phandle that is written by hand.

Source: overlay_prevent_phandle_overwrite() in libfdt's fdt_overlay.c, since dtc 1.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import Node, Tree
from dtgen.devicetree.values import referring
from dtgen.diagnostics import Finding
from dtgen.overlay.placement import placement
from dtgen.overlay.stack import Step

ID = "phandle-overwrite"

_MOST = 3
"""Properties that are named."""


def check(step: Step) -> Iterator[Finding]:
    merged, overlay = step.merged, step.layer.overlay
    targets = {fragment.body.path for fragment in overlay.fragments if fragment.body and fragment.label}
    targets |= {fragment.own.path for fragment in placement(overlay, merged.base).early if fragment.own}
    for subject, origin in merged.origins.items():
        node = merged.base.nodes.get(subject.path)
        if subject.property != "phandle" or node is None or node.cell("phandle") is None:
            continue
        labelled = origin.path in overlay.tree.labels
        name = merged.base.name_of(subject.path)
        if labelled and origin.path in targets:
            # they do not find a target: by the overlay's phandle before that is merged, by the base's after
            then = "refuses the overlay or renumbers the node"
        else:
            then = "renumbers the node"
        yield Finding(
            subject,
            f"{name} has a phandle in the base: libfdt before 1.7.1 {then}{_breaks(merged.base, node)}",
            "take the label off the node in the overlay and use the base's"
            if labelled
            else "remove this line: the number is not used",
        )


def _breaks(base: Tree, node: Node) -> str:
    users = list(referring(base, node))
    if not users:
        return ""
    named = ", ".join(f"{user.property} of {base.name_of(user.path)}" for user in users[:_MOST])
    more = f" and {len(users) - _MOST} more" if len(users) > _MOST else ""
    return f", which breaks {named}{more}"
