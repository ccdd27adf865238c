"""The tree is for Linux at EL2, and Linux runs at EL1.

Why: at EL1 a hypervisor owns the streams of the remote processors, the SMMU of PCIe and the hardware watchdog.
A tree for EL2 hands them to Linux; the first access to such a register is refused and the kernel aborts, or a
processor does not start. `Adding to iommu group` is printed for a remote processor only where its node has
`iommus`, which only trees for EL2 have.

Says:

    [    0.091000] CPU: All CPU(s) started at EL1
    [    4.035000] platform 30000000.remoteproc: Adding to iommu group 15
    [    4.036000] Internal error: synchronous external abort: 0000000096000010 [#1]  SMP
    [    4.036100] pc : qcom_smmu_write_s2cr+0x84/0x140
    -- says
    likely: this tree is for EL2, and Linux runs at EL1

Says, with the tree that ran:

    [    0.091000] CPU: All CPU(s) started at EL1
    [    4.035000] platform 30000000.remoteproc: Adding to iommu group 15
    -- tree
    smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    -- says
    certain: this tree is for EL2, and Linux runs at EL1

Silent:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    4.035000] platform 30000000.remoteproc: Adding to iommu group 15

Fix: boot the base devicetree without the overlay, or firmware that starts Linux at EL2. The description is right.

Source: hyp_mode_check() in the kernel's arch/arm64/kernel/smp.c; iommu_group_add_device() in
drivers/iommu/iommu.c; qcom_smmu_write_s2cr() in drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.hardware.naming import listed

ID = "el2-tree-at-el1"

_OWNED = ("qcom_smmu_", "arm_smmu_", "qcom_wdt_")
"""Functions that access what the hypervisor owns at EL1."""
# what is refused to a processor whose streams the hypervisor owns
_EXPLAINS = (
    "abort", "abort-at", "attach-refused", "gpu-failed", "init-image", "panic", "probe-failed",
    "release-refused", "resource-table", "rproc-failed", "rproc-load", "shm-bridge-failed", "start-timeout",
    "unknown-stream", "video-failed",
)  # fmt: skip
_EL1 = 1


def check(case: Case) -> Iterator[Verdict]:
    if case.level != _EL1:
        return
    joined = [e for e in case.of("group-joined") if e.get("device").endswith(".remoteproc")]
    aborts = [e for e in case.of("abort-at") if e.get("function").startswith(_OWNED)]
    facts = tuple(_facts(case))
    if not joined and not aborts and not (case.exact and facts):
        return
    # an abort says nothing of the board: only a processor that this tree has ties the log to it
    certain = bool(facts and case.exact and any(case.node(event.get("device")) for event in joined))
    shown = case.level_shown
    first = [*joined[:1], *(e for e in case.of("abort") if aborts and case.close(e, aborts[0])), *aborts[:1]]
    if not shown and not first:
        return
    yield Verdict(
        Confidence.CERTAIN if certain else Confidence.LIKELY,
        "this tree is for EL2, and Linux runs at EL1",
        (*([shown] if shown else []), *first),
        tree=facts,
        change=Remedy(
            f"nothing in the description. Boot {_base(case)}, or firmware that starts Linux at EL2"
        ),
        verify="dmesg | grep 'started at EL2'",
        follows=tuple(event for event in case.of(*_EXPLAINS) if event not in first),
    )


def _facts(case: Case) -> Iterator[str]:
    if case.tree is None:
        return
    processors = case.tree.pas_with_stream
    if processors:
        names = listed([case.tree.name(node) for node in processors])
        have = "has a stream" if len(processors) == 1 else "have streams"
        yield f"{names} {have}; the hypervisor owns these streams at EL1"
    if case.tree.against:
        for node in case.tree.system.tree.nodes.values():
            before = case.tree.against.tree.nodes.get(node.path)
            if before and before.status == "reserved" and case.tree.system.available(node):
                file = case.tree.against.tree.file
                yield f'{case.tree.name(node)} is enabled, and "reserved" for the hypervisor in {file}'


def _base(case: Case) -> str:
    if case.tree and case.tree.against:
        return case.tree.against.tree.file
    name = PurePath(case.tree.file).name if case.exact and case.tree else ""
    return f"{name.removesuffix('-el2.dtb')}.dtb" if name.endswith("-el2.dtb") else "the base devicetree"
