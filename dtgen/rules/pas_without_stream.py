"""A remote processor that PAS starts at EL2 has no stream.

Why: under the vendor's hypervisor nobody asks, for the hypervisor sets up the SMMU of every remote
processor. At EL2 that is for Linux to do, and the driver does it for the stream of `iommus` alone: it
maps the processor's carveout there. Without it the SMMU stops the processor's first access to memory.

Fires on:

    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc-1 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    cdsp: remoteproc-2 { compatible = "qcom,sa8775p-cdsp0-pas"; status = "disabled"; };

Passes where the firmware does not serve PAS at EL2, for there a stream is wrong:

    /* pas_at_el2: false */
    adsp: remoteproc { compatible = "qcom,sc8280xp-adsp-pas"; };

Fix: give it the stream of its firmware, which the SoC's documentation or the vendor's devicetree names,
or disable it. If its firmware has none, say so in the description, under `without_stream`.

Source: qcom_pas_start() and qcom_pas_probe() (`has_iommu`) in the kernel's
drivers/remoteproc/qcom_q6v5_pas.c; remoteproc/qcom,pas-common.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import Need
from dtgen.hardware.system import System

ID = "pas-without-stream"


def check(system: System) -> Iterator[Finding]:
    for user in system.pas_users:
        if user.fate is Fate.FORGOTTEN and user.kind.need is Need.STREAM:
            yield Finding(
                Subject(user.path),
                f"{user.name} has no stream: at EL2 nobody maps memory for it, and its firmware faults",
                "give it iommus with the stream of its firmware, or disable it",
            )
