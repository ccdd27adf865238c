"""The kernel did not attach a processor's or a codec's firmware to its SMMU.

Why: iommu_attach_device() gives a device a domain of its own only where it is alone in its IOMMU group (-22
otherwise), and only where the SMMU that `iommus` names is there (-19 otherwise). Devices with equal or contained
stream matches share a group, those of an entry that was copied from a neighbour, too.

Says:

    [    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
    [    7.214100] remoteproc remoteproc4: can't enable iommu: -22
    -- says
    possible: 30000000.remoteproc could not be attached to its SMMU (-22), so it was not started

Says, with the tree that ran:

    [    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
    -- tree
    smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3001 0x0>; };
    dais { iommus = <&smmu 0x3001 0x0>; };
    -- says
    certain: &adsp shares a stream with another device, so it was not started

Says of an SMMU that is not there:

    [    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -19
    -- tree
    smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; status = "disabled"; };
    adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    -- says
    certain: the SMMU of &adsp is not available, so it was not started

Silent:

    [    7.214001] remoteproc remoteproc0: remote processor adsp is now up

Fix: give it the stream of its firmware, which the SoC's documentation or the vendor's devicetree names.

Source: iommu_attach_device() in the kernel's drivers/iommu/iommu.c; rproc_enable_iommu() in remoteproc_core.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject
from dtgen.hardware.pas import firmware_child, is_pas

ID = "attach-refused"

_NO_DEVICE = -19
_RULES = ("attach-overlap", "unavailable-provider", "malformed-specifier", "stream-width")


def check(case: Case) -> Iterator[Verdict]:
    seen = set()
    for event in case.of("attach-refused"):
        if event.get("device") not in seen:
            seen.add(event.get("device"))
            yield _verdict(case, event)


def _verdict(case: Case, event: Event) -> Verdict:
    name, node = case.processor(event), _holder(case.node(event.get("device")))
    follows = (*case.core_says(event), *case.following(event, "video-failed", "wifi-failed", "probe-failed"))
    error = event.decimal("error")
    if case.tree and node:
        for rule in _fitting(error):
            finding = case.tree.fires(rule, node)
            if finding:
                exact = case.tree.exact and (error is not None or rule == _RULES[1])
                return Verdict(
                    Confidence.CERTAIN if exact else Confidence.LIKELY,
                    f"{_SUMMARIES[rule].format(name=name)}, so it was not started",
                    (event,),
                    tree=(finding.message,),
                    change=_change(case, rule, node, name),
                    verify=case.verify_up(event),
                    follows=follows,
                    rule=rule,
                    subject=Subject(node.path, "iommus"),
                )
    shown = f" ({error})" if error else ""
    return Verdict(
        Confidence.POSSIBLE,
        f"{name} could not be attached to its SMMU{shown}, so it was not started",
        (event,),
        tree=tuple(_alone(case.tree, node)),
        rivals=_rivals(error),
        verify=case.verify_up(event),
        follows=follows,
        subject=Subject(node.path, "iommus") if node else None,
    )


_SUMMARIES = {
    "attach-overlap": "{name} shares a stream with another device",
    "unavailable-provider": "the SMMU of {name} is not available",
    "malformed-specifier": "the iommus of {name} is malformed",
    "stream-width": "the stream of {name} is wider than its SMMU",
}


def _fitting(error: int | None) -> tuple[str, ...]:
    """The rules that explain the error."""
    if error is None:
        return _RULES
    return _RULES[1:] if error == _NO_DEVICE else (_RULES[0], *_RULES[2:])


def _holder(node: Node | None) -> Node | None:
    """The node that has the stream: the processor itself, or the firmware child of a codec."""
    if node is None or is_pas(node):
        return node
    return firmware_child(node) or node


def _change(case: Case, rule: str, node: Node, name: str) -> Remedy:
    if rule == "unavailable-provider" and case.tree:
        claims = [claim for claim in case.tree.system.claims if claim.path == node.path]
        if claims:
            return case.edits.enable(case.tree.name(claims[0].smmu), claims[0].smmu.path)
    return case.edits.stream(name, node.path)


def _alone(tree: KnownTree | None, node: Node | None) -> Iterator[str]:
    if tree and node:
        yield f"no other available node claims the stream of {tree.name(node)}"


def _rivals(error: int | None) -> tuple[str, ...]:
    if error == _NO_DEVICE:
        return (
            "its SMMU is disabled or not probed: `dtgen streams TREE.dtb` shows its status",
            "its iommus names no SMMU: `dtgen validate TREE.dtb` finds that",
        )
    return (
        "it shares its stream with another device: `ls /sys/kernel/iommu_groups/*/devices` shows the group",
        "the firmware left a stream mapping that contains it",
    )
