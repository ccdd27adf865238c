"""Devices share a stream, and with it an IOMMU group and an address space.

Why: mostly it is right, as for a crypto engine and its DMA controller. It is worth a look where an
overlay makes it so: the devices see each other's memory. Where one match contains the other, the device
of the wider one must be probed first, or it is refused (-22, EINVAL).

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dma: dma { iommus = <&smmu 0x480 0x0>; };
    crypto: crypto { iommus = <&smmu 0x480 0x0>; };

Fires on what is contained, too:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    a { iommus = <&smmu 0x10 0x3>; };
    b { iommus = <&smmu 0x11 0x0>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dma: dma { iommus = <&smmu 0x480 0x0>, <&smmu 0x480 0x0>; };
    crypto: crypto { iommus = <&smmu 0x481 0x0>; };

Fix: nothing, where the devices belong together; otherwise look the stream ID up again.

Source: arm_smmu_find_sme() and arm_smmu_device_group() in the kernel's
drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.diagnostics import Finding
from dtgen.hardware.naming import claimant, listed
from dtgen.hardware.sharing import Overlap, Sharing, groups
from dtgen.hardware.system import System

ID = "shared-stream"


def check(system: System) -> Iterator[Finding]:
    shared = [overlap for overlap in system.overlaps if overlap.sharing is Sharing.GROUP]
    for group in groups(shared):
        yield _finding(system, group)


def _finding(system: System, group: Sequence[Overlap]) -> Finding:
    tree = system.tree
    claims = {claim.path: claim for overlap in group for claim in (overlap.first, overlap.second)}
    claim = system.edited(*claims.values())
    streams = [str(match) for match in sorted({overlap.common for overlap in group})]
    # a node may claim streams of several SMMUs, a group is of one
    smmus = listed(sorted({tree.name_of(overlap.first.smmu.path) for overlap in group}))
    contained = next((overlap for overlap in group if overlap.ordered), None)
    return Finding(
        claim.subject,
        f"{listed([claimant(tree, path) for path in claims])} share "
        f"{'stream' if len(streams) == 1 else 'streams'} {listed(streams)} on {smmus}",
        _order(system, contained)
        if contained
        else "right for a device and its DMA controller; otherwise look the stream up again",
        tuple(other.subject for other in claims.values() if other.path != claim.path),
    )


def _order(system: System, overlap: Overlap) -> str:
    first, second = overlap.first, overlap.second
    wider = max((first, second), key=lambda claim: sum(match.count for match in claim.matches))
    name = claimant(system.tree, wider.path)
    return f"{name} has the wider match, {wider}, and is refused (-22) unless it is probed first"
