"""Most of the labels that the overlay refers to are unknown: it is for another SoC.

Why: boards of one SoC have their labels from one file. Where more than half of several labels are not
there, the base is the wrong one, and to correct the labels one by one would lead nowhere.

Fires on:

    compatible = "qcom,talos";
    apps_smmu: iommu { };
    /plugin/;
    &remoteproc_cdsp0 { iommus = <&apps_smmu 0x21c0 0x400>; };
    &remoteproc_gpdsp0 { iommus = <&apps_smmu 0x38a0 0x0>; };

Passes:

    compatible = "qcom,sa8775p";
    apps_smmu: iommu { };
    remoteproc_cdsp0: remoteproc { };
    /plugin/;
    &remoteproc_cdsp0 { iommus = <&apps_smmu 0x21c0 0x400>; };

Fix: take a base of the SoC that the overlay is for.

Source: overlay_fixup_phandles() in libfdt's fdt_overlay.c.
"""

ID = "another-soc"
