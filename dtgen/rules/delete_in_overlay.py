"""The overlay's source deletes a node or a property: that compiles, and does nothing.

Why: dtc carries a delete out on the overlay's own tree, where the node mostly is not. A blob has no way to
say it, and libfdt cannot delete: the node of the base stays. Of a label that is not the overlay's own, dtc
says "Label or path … not found".

Fires on:

    gpu: gpu { gpu_zap_shader: zap-shader { }; };
    /plugin/;
    &gpu { /delete-node/ zap-shader; };

Passes:

    gpu: gpu { gpu_zap_shader: zap-shader { }; };
    /plugin/;
    &gpu_zap_shader { status = "disabled"; };

Passes what the source deletes of its own nodes:

    soc: soc { };
    /plugin/;
    &soc { mine: node { one; two; }; };
    &mine { /delete-property/ two; };

Fix: disable the node; a property can be given another value, but not be taken away.

Source: Devicetree Specification 6.3; overlay_apply_node() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.dts.source import CompiledSource

ID = "delete-in-overlay"


def check(source: CompiledSource) -> Iterator[Finding]:
    for delete in source.scan.deletes:
        message = f"{delete.text} does nothing in an overlay: libfdt cannot delete"
        yield Finding.at(source.place(delete.line, delete.column), message, instead(delete.text))


def instead(delete: str) -> str:
    """What to write in the place of a delete."""
    directive, what = delete.split()
    if directive == "/delete-property/":
        return "give it another value: an overlay cannot take a property away"
    return f'disable the node instead: {what} {{ status = "disabled"; }};'
