"""A remote processor has a stream, and the firmware does not serve PAS at EL2.

Why: on Windows laptops Linux reaches EL2 through a secure-launch helper, and TrustZone does not serve PAS
there. The processors that run were started before Linux, and their streams bypass the SMMU, which the
kernel's driver leaves as it is. A device with `iommus` gets a domain of its own instead, with nothing
mapped in it: the processor faults at its next access to memory.

Fires on:

    /* pas_at_el2: false */
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,x1e80100-adsp-pas"; iommus = <&smmu 0x1000 0x80>; };

Passes:

    /* pas_at_el2: false */
    adsp: remoteproc { compatible = "qcom,x1e80100-adsp-pas"; };

Passes with a firmware child, by which a driver does without PAS:

    /* pas_at_el2: false */
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    venus: codec { compatible = "qcom,sc7180-venus"; video-firmware { iommus = <&smmu 0xc42 0x0>; }; };

Fix: leave `iommus` away for such firmware; a description says which it is for with
`firmware.pas_at_el2`.

Source: qcom_smmu_cfg_probe() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c, which inherits
the bypass; iommu_setup_default_domain() in drivers/iommu/iommu.c, which replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import Need
from dtgen.hardware.system import System

ID = "stream-without-pas"


def check(system: System) -> Iterator[Finding]:
    if system.pas_at_el2:
        return
    for user in system.pas_users:
        if user.fate is Fate.STREAM and user.kind.need is Need.STREAM:
            yield Finding(
                Subject(user.path, "iommus"),
                f"{user.name} has a stream ({user.streams}), but this firmware does not serve PAS at EL2: "
                "a processor that runs loses its memory",
                "leave iommus out: the processor keeps the bypass that the firmware set up",
            )
