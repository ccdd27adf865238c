"""A device whose firmware PAS loads at EL1 has no firmware child with a stream.

Why: the drivers of Venus and of the WCN6750 can do without PAS. Where there is a `video-firmware` or
`wifi-firmware` child they make a device of it, attach an IOMMU domain to its stream and map the
firmware there. Without the child they leave that to TrustZone and the hypervisor, and at EL2 nobody
does it.

Fires on:

    venus: codec { compatible = "qcom,sc7180-venus"; };

Fires on a firmware child without a stream, to which the driver cannot attach:

    venus: codec { compatible = "qcom,sc7180-venus"; video-firmware { }; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    venus-1 { compatible = "qcom,sc7180-venus"; video-firmware { iommus = <&smmu 0xc42 0x0>; }; };
    venus-2 { compatible = "qcom,sc7180-venus"; status = "disabled"; };
    wifi { compatible = "qcom,wcn3990-wifi"; };

Fix: add the child with the stream of the firmware, or disable the device.

Source: venus_firmware_init() in the kernel's drivers/media/platform/qcom/venus/firmware.c;
ath11k_ahb_fw_resources_init() in drivers/net/wireless/ath/ath11k/ahb.c; media/qcom,venus-common.yaml and
net/wireless/qcom,ath11k.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import Need, firmware_child
from dtgen.hardware.system import System

ID = "missing-firmware-child"


def check(system: System) -> Iterator[Finding]:
    for user in system.pas_users:
        if user.fate is not Fate.FORGOTTEN or user.kind.need is not Need.FIRMWARE_CHILD:
            continue
        child = firmware_child(system.tree.nodes[user.path])
        if child:
            yield Finding(
                Subject(child.path),
                f"{child.name} of {user.name} has no iommus: the driver cannot attach to it (-19)",
                "give it the stream of the firmware",
            )
        else:
            yield Finding(
                Subject(user.path),
                f"{user.name} has no {user.kind.child}: at EL2 nobody maps memory for its firmware, "
                "and it does not start",
                f"add {user.kind.child} {{ iommus = <…>; }} with the stream of the firmware, or disable it",
            )
