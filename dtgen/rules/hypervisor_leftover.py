"""What was the hypervisor's at EL1 is still left to it, or a device that it emulated is still there.

Why: at EL1 the vendor's hypervisor keeps the SMMU of PCIe and the hardware watchdog to itself, and the
board calls them "reserved". At EL2 there is no hypervisor: without the SMMU, MSI interrupts never come,
and without the watchdog nobody restarts a machine that hangs. The SBSA watchdog is the other way round:
the hypervisor emulated it, and at EL2 there is nothing behind its registers.

Fires on:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; status = "reserved"; };

Fires on a watchdog that was kept:

    watchdog { compatible = "qcom,apss-wdt-x1e80100", "qcom,kpss-wdt"; status = "reserved"; };

Fires on a watchdog that was emulated:

    watchdog { compatible = "arm,sbsa-gwdt"; };

Passes:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    watchdog-1 { compatible = "qcom,apss-wdt-x1e80100", "qcom,kpss-wdt"; };
    watchdog-2 { compatible = "arm,sbsa-gwdt"; status = "disabled"; };

Fix: give what was reserved the status "okay", and what was emulated "disabled".

Source: `x1-el2.dtso` and `sc8280xp-el2.dtso` of Linux v7.1; Devicetree Specification 2.3.4 ("reserved").
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System

ID = "hypervisor-leftover"

_KEPT = {"arm,smmu-v3": "the SMMU of PCIe", "qcom,kpss-wdt": "the hardware watchdog"}
_EMULATED = "arm,sbsa-gwdt"


def check(system: System) -> Iterator[Finding]:
    if system.pas_at_el2 is None:
        return
    # whose devices nothing translates for: unavailable-provider tells it
    reported = {claim.smmu.path for claim in system.live_claims}
    for node in system.tree.nodes.values():
        name = system.tree.name_of(node.path)
        compatible = node.compatible
        kept = next((what for which, what in _KEPT.items() if which in compatible), None)
        if kept and node.status == "reserved" and node.path not in reported:
            yield Finding(
                Subject(node.path, "status"),
                f'{name}, {kept}, is still "reserved" for the hypervisor, and at EL2 there is none',
                'give it the status "okay"',
            )
        elif _EMULATED in compatible and system.available(node):
            yield Finding(
                Subject(node.path),
                f"{name} is enabled: the hypervisor emulated it, and at EL2 there is none",
                'give it the status "disabled"',
            )
