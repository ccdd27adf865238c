"""The overlay's tables of references are damaged.

Why: dtc leaves 0xffffffff where a phandle of the base is due, and says in `__fixups__` and
`__local_fixups__` where that is, as `path:property:offset`. libfdt writes where it is told to; to what is
no such place it says FDT_ERR_BADOVERLAY, or nothing.

Fires on:

    dsp: dsp { };
    /plugin/;
    / {
        fragment@0 { target-path = "/dsp"; __overlay__ { clocks = <0xffffffff>; }; };
        __fixups__ { dsp = "/fragment@0/__overlay__:clocks:8"; };
    };

Passes:

    dsp: dsp { };
    /plugin/;
    / {
        fragment@0 { target-path = "/dsp"; __overlay__ { clocks = <0xffffffff>; }; };
        __fixups__ { dsp = "/fragment@0/__overlay__:clocks:0"; };
    };

Fix: compile the overlay again with `dtc -@`; do not change the values of a compiled overlay.

Source: overlay_fixup_one_phandle() and overlay_update_local_references() in libfdt's fdt_overlay.c.
"""

ID = "bad-fixup"
