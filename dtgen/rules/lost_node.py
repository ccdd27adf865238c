"""A node, or a memory reservation, of the overlay is not merged.

Why: libfdt merges what is in the `__overlay__` of a fragment, and nothing else. What stands in a bare
`/ { };` or in `/memreserve/` is compiled into the blob and lost when it is applied, without a word. The
properties of the root (`compatible`) are for loaders, and so is a node `metadata`.

Fires on:

    chosen { };
    /plugin/;
    / { regulator { }; };
    &{/chosen} { x; };

Fires on a memory reservation:

    chosen { };
    /plugin/;
    /memreserve/ 0x90000000 0x100000;
    &{/chosen} { x; };

Passes:

    chosen { };
    /plugin/;
    / { compatible = "qcom,sa8775p"; metadata { author = "me"; }; };
    &{/} { regulator { }; };

Fix: write `&{/} { … };` in the place of `/ { … };`, and a node below `/reserved-memory` in the place of
`/memreserve/`.

Source: overlay_merge() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.outside import outside, references
from dtgen.overlay.stack import Step

ID = "lost-node"

_METADATA = ("metadata",)


def check(step: Step) -> Iterator[Finding]:
    referred = {reference.node.path for reference in references(step)}
    for node in outside(step):
        dangling = any(below.path in referred for below in node.walk())  # dangling-reference says it
        if node.name not in _METADATA and not dangling:
            name = step.layer.overlay.tree.name_of(node.path)
            yield Finding(
                Subject(node.path),
                f"{name} is in no fragment, and an overlay does not merge it",
                "write &{/} { … }; in the place of / { … };",
            )
    for address, size in step.layer.overlay.tree.reservations:
        yield Finding(
            Subject("/memreserve/"),
            f"/memreserve/ {address:#x} {size:#x} is lost: libfdt does not merge an overlay's reservations",
            "write a node with that reg into &{/reserved-memory} { … };",
        )
