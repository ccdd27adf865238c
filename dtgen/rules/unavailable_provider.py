"""The IOMMU of an available device is disabled or reserved, or below a node that is.

Why: the kernel takes an IOMMU that is not available for one that is not there, and the device is probed
without translation and without a word. What needs the translation fails later: a PAS remoteproc with
-19 (ENODEV), a PCIe device with faults or with interrupts that never come.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    dsp: dsp { iommus = <&smmu 0x3000 0x0>; };

Fires on a PCIe SMMU that the hypervisor kept to itself:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; status = "reserved"; };
    pcie { iommu-map = <0x0 &smmu 0x30000 0x10000>; };

Fires on a parent that is disabled:

    bus { status = "disabled"; smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; }; };
    dsp: dsp { iommus = <&smmu 0x3000>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    off: iommu-off { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    dsp: dsp { iommus = <&smmu 0x3000 0x0>; };
    gpu { iommus = <&off 0x0 0x0>; status = "disabled"; };

Fix: enable the IOMMU as well, or take the property away.

Source: of_iommu_xlate() in the kernel's drivers/iommu/of_iommu.c; iommu_attach_device() in iommu.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.iommu import StreamClaim
from dtgen.hardware.naming import claimant, listed
from dtgen.hardware.sharing import attaches
from dtgen.hardware.status import unavailable
from dtgen.hardware.system import System

ID = "unavailable-provider"

_ALSO = 3


def check(system: System) -> Iterator[Finding]:
    """One finding for each node that then fails, one for all others of an IOMMU: they have one cause."""
    claims: dict[str, dict[Subject, StreamClaim]] = {}
    for claim in system.live_claims:
        claims.setdefault(claim.smmu.path, {})[claim.subject] = claim
    for path, of_one in claims.items():
        culprit = unavailable(system.tree, system.tree.nodes[path])
        if culprit:
            failing = [claim for claim in of_one.values() if attaches(system.tree.nodes[claim.path])]
            silent = [claim for claim in of_one.values() if not attaches(system.tree.nodes[claim.path])]
            for claim in failing:
                name = claimant(system.tree, claim.path)
                yield _finding(system, [claim], culprit, f"{name} cannot be started (-19)")
            if silent:
                they = "it is" if len(silent) == 1 else "they are"
                yield _finding(system, silent, culprit, f"{they} probed without translation, silently")


def _finding(system: System, claims: Sequence[StreamClaim], culprit: Node, effect: str) -> Finding:
    tree = system.tree
    smmu, status = claims[0].smmu, Subject(culprit.path, "status")
    edited = system.edited(*claims)
    subject = status if system.wrote(status) and not system.wrote(edited.subject) else edited.subject
    if subject != status:
        claims = sorted(claims, key=lambda claim: claim is not edited)
    names = listed([claimant(tree, claim.path) for claim in claims])
    below = "" if culprit is smmu else f"is below {tree.name_of(culprit.path)}, which "
    also = [claim.subject for claim in claims if claim.subject != subject][:_ALSO]
    return Finding(
        subject,
        f"{tree.name_of(smmu.path)}, the IOMMU of {names}, "
        f'{below}has the status "{culprit.status}": {effect}',
        f'give {tree.name_of(culprit.path)} the status "okay", or remove {edited.subject.property}',
        (*also, *([status] if status != subject else [])),
    )
