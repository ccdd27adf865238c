"""A labelled node of the base has no phandle, or one that another node has, too.

Why: libfdt goes from the label to the node's phandle, and from the phandle to the first node that has it.
Without one it says FDT_ERR_NOTFOUND; with one that two nodes share, what is for the one goes to the other
without a word.

Fires on:

    dsp { };
    __symbols__ { dsp = "/dsp"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: compile the base again with `dtc -@`, which gives every labelled node a phandle of its own.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c; fdt_node_offset_by_phandle() in fdt_ro.c.
"""

ID = "bad-phandle"
