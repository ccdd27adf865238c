"""The zap shader of an available GPU is enabled.

Why: the zap shader takes the GPU out of secure mode at EL1, and TrustZone does not start it at EL2. The
driver tries where the node is enabled, and the GPU's initialisation fails. Where it is not, Linux takes
the GPU out of secure mode itself, which at EL2 it may.

Fires on:

    gpu { compatible = "qcom,adreno-663.0", "qcom,adreno"; zap-shader { }; };

Passes:

    gpu-1 { compatible = "qcom,adreno-663.0", "qcom,adreno"; zap-shader { status = "disabled"; }; };
    gpu-2 { compatible = "qcom,adreno-663.0", "qcom,adreno"; status = "disabled"; zap-shader { }; };
    gpu-3 { compatible = "qcom,adreno-618.0", "qcom,adreno"; };

Fix: give the zap shader the status "disabled"; do not delete it, for secure-launch helpers look for it.

Source: zap_shader_load_mdt() in the kernel's drivers/gpu/drm/msm/adreno/adreno_gpu.c; hw_init() of the
a5xx and the a6xx there, which go on without it after -ENODEV alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import ZAP_SHADER
from dtgen.hardware.system import System

ID = "enabled-zap-shader"


def check(system: System) -> Iterator[Finding]:
    for user in system.pas_users:
        if user.fate is Fate.FORGOTTEN and user.kind is ZAP_SHADER:
            gpu = system.tree.name_of(next(system.tree.parents(user.path)).path)
            yield Finding(
                Subject(user.path),
                f"{user.name} is enabled: at EL2 TrustZone does not start it, and {gpu} is not initialised",
                'give it the status "disabled": Linux then takes the GPU out of secure mode itself',
            )
