"""A device behind an SMMUv3 used an address that is not mapped for it.

Why: the stream is the device's, so `iommu-map` has it. What is not mapped is the address: the doorbell of the
interrupt controller, where `msi-map` and `iommu-map` disagree, or a buffer that the driver has unmapped.

Says:

    arm-smmu-v3 490d0000.iommu: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x11 ssid: 0x0 iova: 0x9b0cc000 ipa: 0x0
    r8169 0000:03:00.0: error -EIO: PCI read failed
    -- says
    likely: 0000:01:00.0 (stream 0x11) used an address that is not mapped: 0x9b0cc000

Says, where nothing fails after it:

    arm-smmu-v3 490d0000.iommu: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x11 ssid: 0x0 iova: 0x9b0cc000 ipa: 0x0
    -- says
    possible: 0000:01:00.0 (stream 0x11) used an address that is not mapped: 0x9b0cc000

Silent:

    arm-smmu-v3 arm-smmu-v3.5.auto: event: F_TRANSLATION client: 0001:06:00.0 sid: 0x20600 ssid: 0x0

Fix: compare `iommu-map` and `msi-map` of the host controller: the same requester IDs in both. Where they agree,
the driver is to blame.

Source: arm_smmu_handle_event() in the kernel's drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.faults import smmu3_events
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "pcie-fault"


def check(case: Case) -> Iterator[Verdict]:
    failing = tuple(case.of("pcie-timeout"))
    for found in smmu3_events(case):
        if found.unassigned or found.smmu.endswith(".auto"):
            continue
        what = f"{found.client} (stream {found.sid:#x})" if found.client else f"stream {found.sid:#x}"
        address = f": {found.iova:#x}" if found.iova is not None else ""
        host = case.tree.pcie_of(found.client) if case.tree else None
        maps = [name for name in ("iommu-map", "msi-map") if host and name in host.properties]
        yield Verdict(
            Confidence.LIKELY if failing else Confidence.POSSIBLE,
            f"{what} used an address that is not mapped{address}",
            (found.event,),
            tree=(f"{case.tree.name(host)} has {' and '.join(maps) or 'no iommu-map'}",)
            if host and case.tree
            else (),
            change=Remedy("the PCIe host controller: the same requester IDs in iommu-map and msi-map"),
            rivals=()
            if failing
            else (
                "the doorbell of the interrupt controller: iommu-map and msi-map disagree",
                "a buffer that the driver has unmapped: nothing to change in the tree",
            ),
            verify="dmesg | grep 'arm-smmu-v3.*event'",
            follows=(*found.parts, *failing, *(case.of("probe-failed") if failing else ())),
        )
