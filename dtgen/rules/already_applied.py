"""An overlay of a stack changes nothing: the base has all of it.

Why: it was most likely applied to this base before, by an earlier run or by the bootloader. That does no
harm, but the base is not what it is taken for.

Fires on:

    dsp: dsp { status = "disabled"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: nothing, or leave the overlay out.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c.
"""

ID = "already-applied"
