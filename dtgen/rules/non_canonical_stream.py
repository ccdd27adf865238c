"""The ID of a stream has bits that its mask ignores.

Why: a set bit of the mask means that this bit of the ID is ignored. The hardware matches the same
streams either way, but the ID that is written looks like one that nobody else has, and may hide that
two nodes claim the same.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp: dsp { iommus = <&smmu 0x19c1 0x440>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp: dsp { iommus = <&smmu 0x1981 0x440>; };
    off { iommus = <&smmu 0x19c1 0x440>; status = "disabled"; };

Fix: write the ID with those bits cleared.

Source: arm_smmu_find_sme() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c; Arm SMMUv2
specification, SMMU_SMRn.MASK.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.iommu import is_smmu_v2
from dtgen.hardware.naming import claimed
from dtgen.hardware.system import System

ID = "non-canonical-stream"


def check(system: System) -> Iterator[Finding]:
    tree = system.tree
    for claim in system.live_claims:
        ignored = claim.id & claim.mask
        written = claim.cells == 2
        if ignored and written and is_smmu_v2(claim.smmu):
            smmu = tree.name_of(claim.smmu.path)
            yield Finding(
                claim.subject,
                f"{claimed(tree, claim)} has bits that its mask ignores, {ignored:#x}",
                f"write entry {claim.entry} as <{smmu} {claim.id & ~claim.mask:#x} {claim.mask:#x}>",
                entry=claim.entry,
            )
