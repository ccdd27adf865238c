"""A text is the path of a node inside of the overlay, which no merged tree has.

Why: `&label` outside of `< >` is the node's path as a text. dtc writes the path that the node has in the
overlay, `/fragment@1/__overlay__/…`, and libfdt copies it: an alias or a `stdout-path` that leads nowhere.

Fires on:

    aliases { };
    /plugin/;
    &{/} { con: serial { }; };
    &{/aliases} { serial0 = &con; };

Passes:

    aliases { };
    /plugin/;
    &{/} { con: serial { }; };
    &{/aliases} { serial0 = "/serial"; };

Fix: write the path that the node has once the overlay is applied, as a text.

Source: fixup_path_references() in dtc's checks.c; overlay_apply_node() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import OVERLAY
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.placement import placement
from dtgen.overlay.stack import Step

ID = "overlay-path"


def check(step: Step) -> Iterator[Finding]:
    placed = placement(step.layer.overlay, step.merged.base)
    for path, merged in placed.places.items():
        node = step.layer.overlay.tree.at(path)
        for prop in node.properties.values() if node else ():
            inside = next((s for s in prop.strings if f"/{OVERLAY}" in s and prop.is_strings), None)
            if inside is None:
                continue
            inner, colon, options = inside.partition(":")
            there = placed.merged(inner)
            yield Finding(
                Subject(merged, prop.name),
                f'{prop.name} of {step.merged.tree.name_of(merged)} will be "{inside}", '
                "a path that exists in the overlay alone: &label as a text is that",
                f'write "{there}{colon}{options}"' if there else "write the path of the merged tree",
            )
