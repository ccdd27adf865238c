"""A property refers to a node of the overlay that is not merged.

Why: libfdt merges what is in the `__overlay__` of a fragment, and nothing else. A node in a bare `/ { };` of
an overlay is lost, and dtc does not say so: the reference compiles, and becomes a phandle that no node of
the merged tree has. The regulator, clock or endpoint is not found when the device probes.

Fires on:

    usb: usb { };
    /plugin/;
    / { vreg: regulator { }; };
    &usb { vdd-supply = <&vreg>; };

Passes:

    usb: usb { };
    /plugin/;
    &{/} { vreg: regulator { }; };
    &usb { vdd-supply = <&vreg>; };

Fix: write `&{/} { … };` in the place of `/ { … };`.

Source: overlay_merge() and overlay_update_local_references() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.outside import Reference, references
from dtgen.overlay.stack import Step

ID = "dangling-reference"

_ALSO = 3


def check(step: Step) -> Iterator[Finding]:
    """One finding for each node that is lost."""
    found = sorted(references(step), key=lambda reference: reference.node.path)
    for path, group in groupby(found, key=lambda reference: reference.node.path):
        yield _finding(step, path, list(group))


def _finding(step: Step, path: str, found: list[Reference]) -> Finding:
    first, *others = found
    name, tree = step.layer.overlay.tree.name_of(path), step.merged.tree
    more = f" and {len(others)} more" if others else ""
    refer = "refer" if others else "refers"
    return Finding(
        Subject(path),
        f"{name} is in no fragment, and an overlay does not merge it: {first.subject.property} of "
        f"{tree.name_of(first.subject.path)}{more} {refer} to it, "
        f"and no node has the phandle {first.phandle:#x}",
        "write &{/} { … }; in the place of / { … };",
        tuple(reference.subject for reference in found[:_ALSO]),
    )
