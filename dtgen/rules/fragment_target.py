"""A fragment of the overlay has no target in the base, or nothing to put there.

Why: a fragment is a target and an `__overlay__` that is merged into it. A path that the base does not have
and a target that is no label are FDT_ERR_NOTFOUND or FDT_ERR_BADPHANDLE to libfdt, which does not say of
which fragment. A fragment without an `__overlay__` it skips without a word.

Fires on:

    soc { dsp { }; };
    /plugin/;
    &{/soc/gpu} { status = "disabled"; };

Fires on a phandle of one certain base:

    soc { dsp { phandle = <0x40>; }; };
    /plugin/;
    / { fragment@0 { target = <0x40>; __overlay__ { status = "disabled"; }; }; };

Passes:

    soc { dsp { }; };
    /plugin/;
    &{/soc/dsp} { status = "disabled"; };

Fix: write `&label { … };` or `&{/path} { … };`, and compile with `dtc -@`.

Source: overlay_get_target() and overlay_merge() in libfdt's fdt_overlay.c.
"""

ID = "fragment-target"
