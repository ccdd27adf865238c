"""What is for one node of the base would go to its sibling.

Why: where a path leaves a unit address out, libfdt takes the first child that has the name, with whatever
unit address. Of the siblings `dsp@1` and `dsp` it finds the first for both, and so a label or a path of the
second leads to the first, and what the overlay has for the second is written there without a word. So too
with siblings in the overlay, where the phandles of what they refer to are written.

Fires on:

    one: dsp@1 { };
    two: dsp { };
    /plugin/;
    &two { status = "disabled"; };

Fires on siblings in the overlay:

    dsp: dsp { };
    /plugin/;
    &dsp { n@1 { to = <1>; }; n { to = <&dsp>; }; };

Passes:

    two: dsp { };
    one: dsp@1 { };
    /plugin/;
    &two { status = "disabled"; };

Fix: give both nodes a unit address in the base, or put the one without first.

Source: fdt_nodename_eq_() in libfdt's fdt_ro.c; overlay_fixup_phandle() and overlay_apply_node() in
fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.application import Application
from dtgen.overlay.placement import placement

ID = "sibling-match"


def check(application: Application) -> Iterator[Finding]:
    overlay, base = application.overlay, application.base
    for label in overlay.fixups:
        path = base.symbols.get(label, "")
        if found := _instead(base, path):
            yield _finding(base, application.first_use(label), f"the label {label} is", path, found)
    placed = placement(overlay, base)
    for fragment in overlay.fragments:
        path = fragment.target_path or ""
        if not fragment.label and (found := _instead(base, path)):
            yield _finding(base, Subject(fragment.path, "target-path"), "this path is", path, found)
        for node in fragment.body.walk() if fragment.body else ():
            above = placed.merged(node.path.rpartition("/")[0])
            meant, found = f"{(above or '').rstrip('/')}/{node.name}", placed.merged(node.path) or ""
            if above and meant != found and meant in base.nodes:
                yield _finding(base, Subject(node.path), "this node is", meant, found)

    for path in dict.fromkeys(place.path for place in overlay.references()):
        first = overlay.tree.find(path)
        if first and overlay.tree.at(path) and first.path != path:
            yield Finding(
                Subject(path),
                f"libfdt would write the phandles of {path} in the overlay into {first.path}, "
                "which comes first",
                f"give {path} a unit address, or put it before {overlay.tree.name_of(first.path)}",
            )


def _instead(base: Tree, path: str) -> str | None:
    """What libfdt finds where it does not find the node of just this path."""
    found = base.find(path)
    return found.path if found and path in base.nodes and found.path != path else None


def _finding(base: Tree, subject: Subject, what: str, meant: str, found: str) -> Finding:
    return Finding(
        subject,
        f"{what} for {meant} of the base, and libfdt takes it for {found}, which comes first",
        f"give {meant} a unit address in the base, or put it before {base.name_of(found)}",
    )
