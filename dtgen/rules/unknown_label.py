"""The overlay refers to a label that the base does not have.

Why: a reference is resolved through the base's `__symbols__`, when the overlay is applied. libfdt stops at
the first label that is not there, and all that it says is FDT_ERR_NOTFOUND. A board may have deleted the
node, be of another SoC, or have been compiled without labels (`dtc -@`).

Fires on:

    gpu: gpu { };
    /plugin/;
    &gpu_zap_shader { status = "disabled"; };

Fires on a label among the values, too:

    dsp: dsp { };
    /plugin/;
    &dsp { iommus = <&apps_smmu 0x3000 0x0>; };

Passes:

    gpu: gpu { gpu_zap_shader: zap-shader { }; };
    /plugin/;
    &gpu_zap_shader { status = "disabled"; };

Fix: write the label as the base has it, or leave the node out for this board. For a base without labels
say with `--symbols` where they are.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c.
"""

ID = "unknown-label"
