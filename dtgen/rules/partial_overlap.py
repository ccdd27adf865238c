"""Two devices claim streams of which some are common, and neither match contains the other.

Why: a stream ID must match one register of an SMMUv2 at most. The kernel therefore refuses the device
that is probed second (-22, EINVAL), and which one that is may change from boot to boot.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    a { iommus = <&smmu 0x10 0x3>; };
    b { iommus = <&smmu 0x10 0x5>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    a { iommus = <&smmu 0x10 0x3>; };
    b { iommus = <&smmu 0x14 0x3>; };
    c { iommus = <&smmu 0x10 0x5>; status = "disabled"; };

Fix: look the masks up again: a set bit means that this bit of the stream ID is ignored.

Source: arm_smmu_find_sme() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.naming import WIRED, claimant, claimed
from dtgen.hardware.sharing import Sharing
from dtgen.hardware.system import System

ID = "partial-overlap"


def check(system: System) -> Iterator[Finding]:
    tree = system.tree
    for overlap in system.overlaps:
        if overlap.sharing is Sharing.PARTIAL:
            claim = system.edited(overlap.first, overlap.second)
            other = overlap.other(claim)
            yield Finding(
                claim.subject,
                f"{claimed(tree, claim)} overlaps {other} of {claimant(tree, other.path)}: "
                "whichever of them is probed second is refused (-22)",
                f"both match {overlap.common}: a set bit of a mask means that this bit of the id is ignored; "
                f"{WIRED}",
                (other.subject,),
            )
