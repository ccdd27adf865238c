"""Most of the labels that the overlay refers to are unknown: it is for another SoC.

Why: boards of one SoC have their labels from one file. Where more than half of several labels are not
there, the base is the wrong one, and to correct the labels one by one would lead nowhere.

Fires on:

    compatible = "qcom,talos";
    apps_smmu: iommu { };
    /plugin/;
    &remoteproc_cdsp0 { iommus = <&apps_smmu 0x21c0 0x400>; };
    &remoteproc_gpdsp0 { iommus = <&apps_smmu 0x38a0 0x0>; };

Passes where both name the same board: a layer below is missing, and unknown-label says so.

    compatible = "qcom,talos";
    apps_smmu: iommu { };
    bus: bus { };
    /plugin/;
    / { compatible = "qcom,talos"; };
    &bus { iommus = <&apps_smmu 0x21c0 0x400>; };

Passes:

    compatible = "qcom,sa8775p";
    apps_smmu: iommu { };
    remoteproc_cdsp0: remoteproc { };
    /plugin/;
    &remoteproc_cdsp0 { iommus = <&apps_smmu 0x21c0 0x400>; };

Fix: take a base of the SoC that the overlay is for.

Source: overlay_fixup_phandles() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.application import Application

ID = "another-soc"


def check(application: Application) -> Iterator[Finding]:
    overlay, base = application.overlay, application.base
    labels = [label for label in overlay.fixups if not label.startswith("/")]  # and no paths
    count, of = len(set(labels).intersection(application.unknown_labels)), len(labels)
    if base.symbols and 1 < of < count * 2 and not application.is_same_board:
        ours = ", ".join(base.root.compatible) or "a board without compatible"
        theirs = ", ".join(overlay.tree.root.compatible) or "one that it does not name"
        yield Finding(
            Subject("/"),
            f"{count} of {of} labels unknown: this overlay is for another SoC",
            f"base {base.file} is for {ours}; the overlay is for {theirs}",
        )
