"""Two devices have one stream of an SMMUv3.

Why: to SMMUv3 a stream belongs to one device: the second one is refused, or its DMA goes wrong. Behind PCIe two
entries of `iommu-map` then lead to the same output IDs.

Says:

    [    4.1] pci 0004:01:00.0: stream 262400 already in tree from dev 0004:00:00.0
    -- says
    likely: two devices have the stream 0x40100: 0004:00:00.0 is the other one

Silent:

    [    4.1] pci 0004:01:00.0: Adding to iommu group 15

Fix: give each controller's `iommu-map` output IDs of its own.

Source: arm_smmu_insert_master() in the kernel's drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "stream-alias"

_RULE = "aliased-stream"


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("stream-alias"):
        sid = event.decimal("sid10") if event.form == 0 else event.number("sid")
        findings = case.tree.findings(_RULE) if case.tree else ()
        finding = findings[0] if findings else None
        change = Remedy("iommu-map of the two: output IDs of their own")
        yield Verdict(
            Confidence.CERTAIN if finding and case.exact else Confidence.LIKELY,
            f"two devices have the stream {sid or 0:#x}: {event.get('other')} is the other one",
            (event,),
            tree=(finding.message,) if finding else (),
            change=case.edits.at(finding.subject, change.text) if finding else change,
            verify="dmesg | grep 'Adding to iommu group'",
            rule=_RULE if finding else "",
            subject=finding.subject if finding else None,
        )
        return
