"""The IOMMU of an available device is disabled or reserved, or below a node that is.

Why: the kernel takes an IOMMU that is not available for one that is not there, and probes the device
without translation and without a word. Mostly it works: upstream has such trees. But its DMA reaches all
of memory, and a device that cannot address all of it fails later.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    dsp: dsp { iommus = <&smmu 0x3000 0x0>; };

Fires on a parent that is disabled:

    bus { status = "disabled"; smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; }; };
    dsp: dsp { iommus = <&smmu 0x3000>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    off: iommu-off { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    dsp: dsp { iommus = <&smmu 0x3000 0x0>; };
    gpu { iommus = <&off 0x0 0x0>; status = "disabled"; };

Fix: enable the IOMMU as well, or take the property away.

Source: of_iommu_xlate() in the kernel's drivers/iommu/of_iommu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.system import System
from dtgen.rules.unavailable_provider import finding, needs_translation, untranslated

ID = "untranslated-device"


def check(system: System) -> Iterator[Finding]:
    """One finding for all devices of an IOMMU: they have one cause."""
    for culprit, claims in untranslated(system):
        silent = [claim for claim in claims if not needs_translation(system, system.tree.nodes[claim.path])]
        if silent:
            they = "it is" if len(silent) == 1 else "they are"
            yield finding(system, silent, culprit, f"{they} probed without translation, silently")
