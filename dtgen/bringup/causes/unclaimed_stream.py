"""A device does DMA with a stream that nobody has.

Why: "Blocked unknown Stream ID" means that no device of the tree has the stream, or that the device that has it is
disabled, or that its groups are being removed: at shutdown and in a kdump kernel devices still run and nobody owns
their streams any more. It never means that a given node lacks `iommus`: which device uses the stream the hardware
says, and the SoC's documentation.

Says:

    arm-smmu 64000000.mmu: Blocked unknown Stream ID 0x2000; boot with "arm-smmu.disable_bypass=0" to allow
    -- says
    possible: a device does DMA with stream 0x2000 of 64000000.mmu, which nobody has

Says, with the tree that ran:

    arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x2000; boot with "arm-smmu.disable_bypass=0" to allow
    -- tree
    smmu: iommu@15000000 { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    -- says
    likely: a device does DMA with stream 0x2000 of &smmu, which no node claims

Says at shutdown:

    caam_jr 8040000.jr: Removing from iommu group 15
    arm-smmu 5000000.iommu: Blocked unknown Stream ID 0x429; boot with "arm-smmu.disable_bypass=0" to allow
    -- says
    info: stream 0x429 was used while devices were leaving their groups: harmless

Silent:

    arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003, cbfrsynra=0x19c3, cb=10

Fix: find the device by its stream in the SoC's documentation or the vendor's devicetree; give it `iommus`, or stop
it. `arm-smmu.disable_bypass=0` shows whether that is all; it is no fix.

Source: arm_smmu_global_fault() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject
from dtgen.hardware.naming import claimant

ID = "unclaimed-stream"

_USF = 2
"""Unidentified stream fault. Source: ARM_SMMU_sGFSR_USF in the kernel's arm-smmu.h."""
_MOST = 3
"""Nodes of descriptions that are named."""
_VERIFY = "dmesg | grep 'Blocked unknown Stream ID'"


def check(case: Case) -> Iterator[Verdict]:
    seen = set()
    for event in case.of("unknown-stream", "global-fault"):
        registers = [
            e for e in case.of("global-fault-registers") if e.line >= event.line and case.close(event, e)
        ]
        if event.id == "global-fault" and not any((e.number("gfsr") or 0) & _USF for e in registers):
            continue
        syndrome = next((e.number("gfsynr1") for e in registers), None)
        named = event.number("sid")
        sid = named if named is not None else None if syndrome is None else syndrome & 0xFFFF
        if sid is None or (event.get("smmu"), sid) in seen:
            continue
        seen.add((event.get("smmu"), sid))
        yield _verdict(case, event, sid, tuple(registers))


def _verdict(case: Case, event: Event, sid: int, registers: tuple[Event, ...]) -> Verdict:
    leaving = any(case.close(e, event) for e in case.of("group-left"))
    if leaving or any(e.line < event.line for e in case.of("shutdown")):
        return Verdict(
            Confidence.INFO,
            f"stream {sid:#x} was used while devices were leaving their groups: harmless",
            (event,),
            follows=registers,
        )
    name = case.name(event.get("smmu"))
    smmu = case.tree.smmu(event.get("smmu")) if case.tree else None
    claims = case.tree.claims(smmu, sid) if case.tree and smmu else ()
    if case.tree and claims:
        claim = claims[0]
        who = claimant(case.tree.system.tree, claim.path)
        alive = case.tree.live(claim)
        return Verdict(
            Confidence.POSSIBLE if alive else Confidence.LIKELY,
            f"{who} does DMA with stream {sid:#x} of {name}"
            + (" before its driver has attached it" if alive else " and is disabled in the tree"),
            (event,),
            change=Remedy(f"{who}: the firmware left it running; enable it, or have the bootloader stop it"),
            rivals=(
                "the tree is not the one that ran",
                "a kdump or kexec kernel: the device was left running",
            )
            if alive
            else (),
            verify=_VERIFY,
            follows=registers,
            subject=Subject(claim.path, "status"),
        )
    known = bool(case.exact and smmu)
    owners = case.edits.owners(name, sid)
    return Verdict(
        Confidence.LIKELY if known else Confidence.POSSIBLE,
        f"a device does DMA with stream {sid:#x} of {name}, which {'no node claims' if known else 'nobody has'}",
        (event,),
        remarks=tuple(f"{owner.text}" for owner in owners[:_MOST]),
        change=owners[0].change
        if owners
        else Remedy(f"the device whose stream is {sid:#x} in the SoC's documentation: iommus, or disable it"),
        rivals=()
        if known
        else (
            "no node of the tree claims it: give the tree with --tree",
            "the device was left running by the bootloader, or in a kdump or kexec kernel",
        ),
        verify=_VERIFY,
        follows=registers,
    )
