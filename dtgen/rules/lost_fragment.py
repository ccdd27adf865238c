"""The overlay's blob has fewer fragments than its source.

Why: fragments that are written out are nodes below the root, and nodes of one name are one node to dtc: it
merges their properties, the last target wins, and what was for the first goes to the second.

Fires on:

    dsp: dsp { };
    gpu: gpu { };
    /plugin/;
    / { fragment@0 { target = <&dsp>; __overlay__ { status = "disabled"; }; }; };
    / { fragment@0 { target = <&gpu>; __overlay__ { status = "okay"; }; }; };

Passes:

    dsp: dsp { };
    gpu: gpu { };
    /plugin/;
    / { fragment@0 { target = <&dsp>; __overlay__ { status = "disabled"; }; }; };
    / { fragment@1 { target = <&gpu>; __overlay__ { status = "okay"; }; }; };

Fix: write `&label { … };`, for which dtc makes fragments and counts them; or give each another name.

Source: merge_nodes() in dtc's livetree.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.dts.source import CompiledSource

ID = "lost-fragment"


def check(source: CompiledSource) -> Iterator[Finding]:
    written = source.scan.fragments
    # one without an __overlay__ is none of those that were counted
    compiled = tuple(fragment for fragment in source.overlay.fragments if fragment.body)
    if len(written) != len(compiled):
        names = ", ".join(mention.text for mention in written)
        yield Finding.at(
            source.place(written[0].line if written else 1),
            f"the source has {len(written)} fragments ({names}), the blob {len(compiled)}: "
            "dtc merged those of one name",
            "give each another name, or write &label { … };",
        )
