"""A remote processor used memory that is not mapped for it.

Why: for a processor with a stream Linux maps the carveouts of `memory-region`, and the device memory that the
firmware's resource table lists. An access to a carveout that is missing there, or beyond the end of a small one, is
a context fault of the processor's own stream, and it crashes (mmufault).

Says, with the tree that ran:

    [   12.1] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x9d001000, fsynr=0x1, cbfrsynra=0x3000, cb=3
    -- tree
    smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        other: other@9d000000 { reg = <0x9d000000 0x100000>; no-map; };
    };
    -- says
    likely: &adsp used memory of &other, which is not mapped for it

Says of an address in no carveout:

    [   12.1] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x1c0000, fsynr=0x1, cbfrsynra=0x3000, cb=3
    -- tree
    smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    -- says
    possible: &adsp used 0x1c0000, which is not mapped for it

Silent:

    [   12.1] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x9d001000, fsynr=0x1, cbfrsynra=0x3000, cb=3

Fix: give the processor's `memory-region` the carveout, whole and aligned.

Source: rproc_iommu_fault() in the kernel's drivers/remoteproc/remoteproc_core.c; qcom_pas_map_carveout().
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.faults import Fault, again, context_faults
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject
from dtgen.hardware.pas import is_pas

ID = "unmapped-carveout"


def check(case: Case) -> Iterator[Verdict]:
    if case.tree is None:
        return
    for fault in context_faults(case):
        node = _processor(case.tree, fault)
        if node and fault.iova is not None:
            yield _verdict(case, case.tree, fault, fault.iova, node)


def _processor(tree: KnownTree, fault: Fault) -> Node | None:
    """The processor whose own stream it is, not that of a device below it."""
    smmu = tree.smmu(fault.smmu)
    if smmu is None or fault.sid is None:
        return None
    nodes = (tree.system.tree.nodes[claim.path] for claim in tree.claims(smmu, fault.sid))
    return next((node for node in nodes if is_pas(node)), None)


def _verdict(case: Case, tree: KnownTree, fault: Fault, iova: int, node: Node) -> Verdict:
    name = tree.name(node)
    carveout = tree.carveout_at(iova)
    subject = Subject(node.path, "memory-region")
    follows = (
        *fault.parts,
        *again(case, fault),
        *case.of("rproc-iommu-fault"),
        *case.following(fault.event, "rproc-crash", "rproc-recovery", "fatal-error"),
    )
    if carveout is None:
        return Verdict(
            Confidence.POSSIBLE,
            f"{name} used {iova:#x}, which is not mapped for it",
            (fault.event,),
            tree=(f"{iova:#x} is in no carveout",),
            rivals=(
                "device memory that the firmware's resource table does not list: the firmware's",
                "a carveout that the tree lacks, or that is too small: `dtgen memory TREE.dtb` shows them",
            ),
            verify=f"dmesg | grep 'crash detected in {node.name}'",
            follows=follows,
            subject=subject,
        )
    own = node.path in tree.users_of(carveout)
    place = tree.name(carveout.node)
    text = f"{name}: memory-region, with {place}"
    return Verdict(
        Confidence.CERTAIN if own and tree.exact else Confidence.LIKELY,
        f"{name} used memory of {place}, which is not mapped for it",
        (fault.event,),
        tree=(f"{iova:#x} is in {place}, {'its own' if own else 'which is not its memory-region'}",),
        change=case.edits.at(Subject(carveout.node.path, "reg") if own else subject, text),
        verify=case.verify_up(fault.event),
        follows=follows,
        rule="pas-region" if tree.fires("pas-region", node) else "",
        subject=subject,
    )
