"""A stream ID or a mask is wider than the SMMU's 16 bits.

Why: the kernel's arm-smmu driver puts the id into bits 15:0 and the mask into bits 31:16 of one word
and silently drops what is wider. The device then faults on a stream that nobody mapped.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp { iommus = <&smmu 0x13000 0x0>; };

Fires on an `iommu-map` for an SMMUv3 that names an SMMUv2:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <1>; };
    pcie { iommu-map = <0x0 &smmu 0x30000 0x10000>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp { iommus = <&smmu 0x3000 0x0>; };

Fix: look the stream ID up again; an id that needs more than 16 bits belongs to another SMMU or
carries the mask in its upper half.

Source: arm_smmu_of_xlate() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.iommu import ID_BITS, StreamClaim, is_smmu_v2
from dtgen.hardware.naming import WIRED
from dtgen.hardware.system import System

ID = "stream-width"


def check(system: System) -> Iterator[Finding]:
    for claim in system.claims:
        if is_smmu_v2(claim.smmu):
            for what, value in claim.widest:
                if value >> ID_BITS:
                    yield _finding(system, claim, what, value)


def _finding(system: System, claim: StreamClaim, what: str, value: int) -> Finding:
    kept = value & ((1 << ID_BITS) - 1)
    smmu = system.tree.name_of(claim.smmu.path)
    return Finding(
        claim.subject,
        f"{what} {value:#x} of entry {claim.entry} is wider than the {ID_BITS} bits of {smmu}: "
        f"the kernel would use {kept:#x}",
        f"ids and masks are at most 0xffff; {WIRED}",
        entry=claim.entry,
    )
