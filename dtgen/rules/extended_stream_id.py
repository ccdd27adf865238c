"""A stream ID or a mask needs the SMMU's extended stream IDs.

Why: without the extension, a stream match register of an SMMUv2 has 15 bits for each. Where the SMMU
lacks it, or a hypervisor hides it, the kernel refuses the device ("out of range for SMMU").

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp: dsp { iommus = <&smmu 0x8000 0x0>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    pcie_smmu: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    dsp: dsp { iommus = <&smmu 0x7fff 0x0>; };
    pcie { iommu-map = <0x0 &pcie_smmu 0x30000 0x10000>; };

Fix: look the stream ID up again; no Qualcomm devicetree in Linux needs more than 15 bits.

Source: arm_smmu_device_cfg_probe() and arm_smmu_probe_device() in the kernel's
drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.iommu import ID_BITS, PLAIN_ID_BITS, is_smmu_v2
from dtgen.hardware.naming import WIRED
from dtgen.hardware.system import System

ID = "extended-stream-id"


def check(system: System) -> Iterator[Finding]:
    for claim in system.claims:
        if is_smmu_v2(claim.smmu):
            for what, value in claim.widest:
                if PLAIN_ID_BITS < value.bit_length() <= ID_BITS:
                    yield Finding(
                        claim.subject,
                        f"{what} {value:#x} of entry {claim.entry} needs extended stream IDs on "
                        f"{system.tree.name_of(claim.smmu.path)}: without them ids and masks have "
                        f"{PLAIN_ID_BITS} bits",
                        f"an SMMU without the extension refuses the device; {WIRED}",
                        entry=claim.entry,
                    )
