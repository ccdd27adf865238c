"""Two devices claim one stream of an SMMUv3.

Why: an SMMUv3 has one entry for each stream ID, and the kernel's driver gives it to one device alone. The
device that is probed second is refused (-19, ENODEV) after a warning of an aliasing stream ID. Mostly
it is an `iommu-map` that was copied from another PCIe controller with its output IDs.

Fires on:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie@4 { iommu-map = <0x0 &smmu 0x40000 0x10000>; };
    pcie@5 { iommu-map = <0x0 &smmu 0x40000 0x10000>; };

Passes:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie@4 { iommu-map = <0x0 &smmu 0x40000 0x10000>; };
    pcie@5 { iommu-map = <0x0 &smmu 0x50000 0x10000>; };
    pcie@6 { iommu-map = <0x0 &smmu 0x40000 0x10000>; status = "disabled"; };

Fix: give every device, and every PCIe controller, stream IDs of its own.

Source: arm_smmu_insert_master() in the kernel's drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.naming import claimant, claimed
from dtgen.hardware.sharing import Sharing
from dtgen.hardware.system import System

ID = "aliased-stream"


def check(system: System) -> Iterator[Finding]:
    tree = system.tree
    for overlap in system.overlaps:
        if overlap.sharing is Sharing.ALIASED:
            claim = system.edited(overlap.first, overlap.second)
            other = overlap.other(claim)
            who, one = claimant(tree, other.path), claim.length == 1
            how = (
                f"{'is' if one else 'are'} claimed by {who} too"
                if overlap.identical
                else f"{'overlaps' if one else 'overlap'} {other} of {who}"
            )
            yield Finding(
                claim.subject,
                f"{claimed(tree, claim)} {how}: whichever of them is probed second is refused (-19)",
                "an SMMUv3 gives a stream to one device alone: look up which of the two is wrong",
                (other.subject,),
            )
