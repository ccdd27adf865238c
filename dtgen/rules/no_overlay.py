"""What was given as an overlay has no fragment: it is a base, or empty.

Why: libfdt applies what has no fragments without an error, and nothing changes. A base and an overlay in
the wrong order are the most common cause, a source without `/plugin/;` is another.

Fires on:

    dsp: dsp { };
    /plugin/;
    / { compatible = "qcom,sa8775p"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };

Fix: give the base first and then the overlays; write `/plugin/;` after `/dts-v1/;` in an overlay.

Source: overlay_merge() in libfdt's fdt_overlay.c.
"""

ID = "no-overlay"
