"""The IOMMU of a device that cannot do without is disabled or reserved, or below a node that is.

Why: the kernel takes an IOMMU that is not available for one that is not there. A PAS remoteproc and a
firmware device attach a domain of their own to it, and fail (-19, ENODEV). At EL2 nobody else translates
for PCIe: its devices fault, or their interrupts never come. Other devices work without translation:
untranslated-device.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };

Fires on a PCIe SMMU that the hypervisor kept to itself:

    /* pas_at_el2: true */
    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; status = "reserved"; };
    pcie { device_type = "pci"; iommu-map = <0x0 &smmu 0x30000 0x10000>; };

Fires on a parent that is disabled:

    bus { status = "disabled"; smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; }; };
    venus: codec { video-firmware { iommus = <&smmu 0xc42>; }; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    off: iommu-off { compatible = "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    gpu { iommus = <&off 0x0 0x0>; };

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
    """One finding for each node that fails."""
    for culprit, claims in untranslated(system):
        for claim in claims:
            node, name = system.tree.nodes[claim.path], claimant(system.tree, claim.path)
            if attaches(node):
                yield finding(system, [claim], culprit, f"{name} cannot be started (-19)")
            elif needs_translation(system, node):
                effect = "at EL2 its devices fault, or their interrupts never come"
                yield finding(system, [claim], culprit, effect)


def untranslated(system: System) -> Iterator[tuple[Node, list[StreamClaim]]]:
    """What makes each IOMMU unavailable that available devices refer to, and a claim for each property."""
    claims: dict[str, dict[Subject, StreamClaim]] = {}
    for claim in system.live_claims:
        claims.setdefault(claim.smmu.path, {})[claim.subject] = claim
    for path, of_one in claims.items():
        culprit = unavailable(system.tree, system.tree.nodes[path])
        if culprit:
            yield culprit, list(of_one.values())


def needs_translation(system: System, node: Node) -> bool:
    """Whether a device that claims a stream cannot do without the IOMMU."""
    is_pcie_at_el2 = system.pas_at_el2 is not None and "pci" in node.strings("device_type")
    return attaches(node) or is_pcie_at_el2


def finding(system: System, claims: Sequence[StreamClaim], culprit: Node, effect: str) -> Finding:
    """About what the overlay edited: a claim, or else the status."""
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
