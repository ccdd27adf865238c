"""A stream ID or mask is wider than the SMMU.

Why: an SMMU without extended stream IDs compares 15 bits. The driver refuses what is wider, and the device gets no
translation.

Says:

    [    4.1] qcom_q6v5_pas 30000000.remoteproc: stream ID 0x13000 out of range for SMMU (0x7fff)
    -- says
    likely: the stream ID 0x13000 of 30000000.remoteproc is wider than its SMMU takes (0x7fff)

Silent:

    [    4.1] platform 30000000.remoteproc: Adding to iommu group 15

Fix: write the ID and the mask that the hardware has; often two cells were put into one.

Source: arm_smmu_probe_device() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject

ID = "stream-range"

_RULES = ("stream-width", "extended-stream-id")


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("stream-range"):
        device = event.get("device")
        node, name = case.node(device), case.processor(event)
        rule = next((r for r in _RULES if case.tree and case.tree.fires(r, node)), "")
        what, value = (
            ("stream ID", event.number("sid")) if event.form == 0 else ("mask", event.number("mask"))
        )
        subject = Subject(node.path, "iommus") if node else None
        finding = case.tree.fires(rule, node) if case.tree and rule else None
        change = case.edits.stream(name, node.path) if node else Remedy(f"{name}: iommus")
        yield Verdict(
            Confidence.CERTAIN if finding and case.exact else Confidence.LIKELY,
            f"the {what} {value or 0:#x} of {name} is wider than its SMMU takes ({event.number('limit') or 0:#x})",
            (event,),
            tree=(finding.message,) if finding else (),
            change=change,
            verify=f"dmesg | grep '{device}: Adding to iommu group'",
            follows=case.following(event, "attach-refused", "rproc-failed", "probe-failed"),
            rule=rule,
            subject=subject,
        )
