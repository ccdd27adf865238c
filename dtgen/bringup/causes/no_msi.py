"""No PCIe interrupt was ever delivered.

Why: an MSI is a write of the device to the interrupt controller. At EL2 an SMMU that is still "reserved" for the
hypervisor lets none through, and all counters stay 0 while drivers wait.

Says:

    [    0.090000] CPU: All CPU(s) started at EL2
     201:          0          0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi
     202:          0          0  ITS-PCI-MSIX-0004:01:00.0   1 Edge      mhi
    Err:          0
    -- says
    likely: no PCIe interrupt was ever delivered

Says, with the tree that ran:

    [    0.090000] CPU: All CPU(s) started at EL2
     201:          0          0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi
    Err:          0
    -- tree
    pcie_smmu: iommu@15400000 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; status = "reserved"; };
    -- says
    certain: no PCIe interrupt was ever delivered: the SMMU in front of PCIe is left to the hypervisor

Silent:

    [    0.090000] CPU: All CPU(s) started at EL2
     201:         17          0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi
    Err:          0

Fix: enable the SMMU of PCIe (`enable: {pcie_smmu: …}`) and give the controllers an `iommu-map`.

Source: drivers/irqchip/irq-gic-v3-its.c in the kernel; `x1-el2.dtso` of Linux v7.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject
from dtgen.hardware.iommu import is_smmu_v3

ID = "no-msi"

_RULE = "hypervisor-leftover"
_EL1 = 1
_COUNTERS = re.compile(r"(?:^|\s)[0-9]+:((?:\s+[0-9]+)+)\s+ITS-")


def check(case: Case) -> Iterator[Verdict]:
    events = list(case.of("msi-counter"))
    counters = [_COUNTERS.search(event.text) for event in events]
    if not events or not all(counters) or case.level == _EL1:
        return
    if any(int(number) for match in counters if match for number in match[1].split()):
        return
    # a table that is cut may have the interrupts that came in the lines that are missing
    whole = any(event.line > events[-1].line for event in case.boot.events) or case.interrupts_are_whole
    smmu = _reserved(case)
    finding = case.tree.fires(_RULE, smmu) if case.tree and smmu else None
    name = case.tree.name(smmu) if case.tree and smmu else "&pcie_smmu"
    sure = bool(case.exact and smmu and whole and case.level)
    lines = "1 ITS line, its counters 0" if len(events) == 1 else f"{len(events)} ITS lines, all counters 0"
    tree = (f'{name} {smmu.path} has status "{smmu.status}"',) if smmu else ()
    level = (f"Linux runs at EL{case.level}",) if case.level else ()
    what = ": the SMMU in front of PCIe is left to the hypervisor" if smmu else ""
    yield Verdict(
        Confidence.CERTAIN if sure else Confidence.LIKELY if case.level else Confidence.POSSIBLE,
        f"no PCIe interrupt was ever delivered{what}",
        (events[0], *filter(None, [case.level_shown])),
        remarks=(f"interrupts: {lines}",),
        tree=(*tree, *(level if smmu else ())),
        change=case.edits.enable(name, smmu.path) if smmu else Remedy(_ENABLE),
        rivals=() if case.level else ("no device has sent one yet: look again ten seconds later",),
        verify="grep ITS- /proc/interrupts   (the counters rise)",
        follows=(*events[1:], *case.of("pcie-timeout")),
        rule=_RULE if finding else "",
        subject=Subject(smmu.path, "status") if smmu else None,
    )


_ENABLE = 'the SMMU of PCIe: status = "okay", and an iommu-map at the host controllers'


def _reserved(case: Case) -> Node | None:
    if case.tree is None:
        return None
    nodes = case.tree.system.tree.nodes.values()
    return next((node for node in nodes if is_smmu_v3(node) and not case.tree.system.available(node)), None)
