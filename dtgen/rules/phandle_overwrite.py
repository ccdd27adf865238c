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

Fix: take the label off the node in the overlay, and use the base's.

Source: overlay_prevent_phandle_overwrite() in libfdt's fdt_overlay.c, since dtc 1.7.1.
"""

ID = "phandle-overwrite"
