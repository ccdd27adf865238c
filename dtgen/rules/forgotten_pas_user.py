"""A device that loads its firmware through PAS is left available, and at EL2 it cannot work.

Why: every user of PAS needs an answer in a tree for EL2. Remote processors, zap shaders and devices with
a firmware child have rules of their own; what is left is Iris, the video codec: up to Linux v7.2 neither
its bindings nor its driver know a stream for its firmware. Left available, it fails when its first user
opens it. Vendors' kernels know one, as a firmware child or by a function's ID in an `iommu-map`.

Fires on:

    iris: codec { compatible = "qcom,sa8775p-iris", "qcom,sm8550-iris"; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    iris-1 { compatible = "qcom,sa8775p-iris", "qcom,sm8550-iris"; status = "disabled"; };
    iris-2 { compatible = "qcom,sa8775p-iris"; video-firmware { iommus = <&smmu 0x882 0x400>; }; };
    iris-3 { compatible = "qcom,sa8775p-iris"; iommu-map = <0x6 &smmu 0x882 0x400 0x1>; };

Fix: disable it, or give its firmware a stream where the kernel knows how.

Source: iris_fw_load() in the kernel's drivers/media/platform/qcom/iris/iris_firmware.c;
media/qcom,sm8550-iris.yaml; the six `*-el2.dtso` of Linux v7.1 disable it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import ZAP_SHADER, Need
from dtgen.hardware.system import System

ID = "forgotten-pas-user"


def check(system: System) -> Iterator[Finding]:
    for user in system.pas_users:
        other_rule = user.kind is ZAP_SHADER or user.kind.need is not Need.DISABLED
        if user.fate is Fate.FORGOTTEN and not other_rule:
            yield Finding(
                Subject(user.path),
                f"{user.name} loads its firmware through PAS, and there is no way to give that a stream: "
                "at EL2 it does not start",
                'give it the status "disabled"',
            )
