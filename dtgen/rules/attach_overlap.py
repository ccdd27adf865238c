"""A PAS remoteproc or a firmware device shares a stream with another device.

Why: the driver attaches an IOMMU domain of its own to the device, which the kernel allows only to a
device that is alone in its IOMMU group. Devices with equal stream matches share a group, and so do those
of which one match contains the other: the processor does not start (-22, EINVAL). By any other overlap
the device that is probed second gets no group at all (-19, ENODEV). Most easily it is a device
below the remoteproc itself, a compute context bank or an audio device: their stream IDs are neighbours.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3001 0x0>; };
    dais { iommus = <&smmu 0x3001 0x0>; };

Fires on a firmware device, too:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    venus: codec { iommus = <&smmu 0xc00 0x60>; video-firmware { iommus = <&smmu 0xc20 0x0>; }; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    dais { iommus = <&smmu 0x3001 0x0>; };
    other { iommus = <&smmu 0x3000 0x0>; status = "disabled"; };

Fix: give the processor the stream of its firmware, which the SoC's documentation or the vendor's
devicetree names, or disable the other device.

Source: iommu_attach_device() in the kernel's drivers/iommu/iommu.c; arm_smmu_find_sme() and
arm_smmu_device_group() in drivers/iommu/arm/arm-smmu/arm-smmu.c; qcom_q6v5_pas.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.diagnostics import Finding
from dtgen.hardware.iommu import StreamClaim
from dtgen.hardware.naming import WIRED, claimant, claimed, listed
from dtgen.hardware.pas import is_pas
from dtgen.hardware.sharing import Overlap, Sharing, attaches
from dtgen.hardware.system import System

ID = "attach-overlap"

_ALSO = 3


def check(system: System) -> Iterator[Finding]:
    found: dict[int, tuple[StreamClaim, list[Overlap]]] = {}
    for overlap in system.overlaps:
        if overlap.sharing is Sharing.ATTACH:
            claim = _blamed(system, overlap)
            found.setdefault(id(claim), (claim, []))[1].append(overlap)
    for claim, overlaps in found.values():
        yield _finding(system, claim, overlaps)


def _blamed(system: System, overlap: Overlap) -> StreamClaim:
    """The one that attaches. Where both do: the one that was edited, of equals the wider one."""
    both = (claim for claim in (overlap.first, overlap.second) if attaches(system.tree.nodes[claim.path]))
    return system.edited(*sorted(both, key=lambda claim: sum(match.count for match in claim.matches)))


def _finding(system: System, claim: StreamClaim, overlaps: Sequence[Overlap]) -> Finding:
    tree = system.tree
    same = [claimant(tree, overlap.other(claim).path) for overlap in overlaps if overlap.identical]
    apart = [
        f"{overlap.other(claim)} of {claimant(tree, overlap.other(claim).path)}"
        for overlap in overlaps
        if not overlap.identical
    ]
    said = []
    if same:
        said.append(f"is claimed by {listed(same)} too")
    if apart:
        said.append(f"overlaps {listed(apart)}")
    return Finding(
        claim.subject,
        f"{claimed(tree, claim)} {' and '.join(said)}",
        _help(system, claim),
        tuple(dict.fromkeys(overlap.other(claim).subject for overlap in overlaps))[:_ALSO],
        entry=claim.entry,
    )


def _help(system: System, claim: StreamClaim) -> str:
    # never a number that happens to be free: the hardware would not use it
    kind = "PAS remoteproc" if is_pas(system.tree.nodes[claim.path]) else "firmware device"
    return f"a {kind} must be alone in its IOMMU group; {WIRED}"
