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

ID = "lost-fragment"
