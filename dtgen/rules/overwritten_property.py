"""Two overlays of a stack give one property different values.

Why: the later one wins, and what the earlier one was for is lost without a word. The kernel refuses such
a pair where it applies overlays itself, at run time.

Fires on:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "okay"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };
    /plugin/;
    &dsp { status = "disabled"; firmware-name = "dsp.mbn"; };

Fix: write the property in one of them.

Source: overlay_apply_node() in libfdt's fdt_overlay.c; find_dup_cset_prop() in the kernel's
drivers/of/overlay.c.
"""

ID = "overwritten-property"
