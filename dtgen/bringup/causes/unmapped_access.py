"""A device used an address that is not mapped for it: the tree did its part.

Why: a context fault means that the stream belongs to a device that is attached: `iommus` is there and right. What
is not mapped is the address. A driver has unmapped a buffer that the device still uses, or never mapped it; it gave
the device a physical address; or a display still reads the boot splash. No such fault was ever a missing `iommus`.

Says:

    [ 1263.468579] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003, cbfrsynra=0x19c3, cb=10
    -- says
    not the tree: stream 0x19c3 is attached and used 0xfd7ff000, which is not mapped

Says of a physical address:

    [    3.846856] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x1032db3e0, fsynr=0x130000, cbfrsynra=0x300, cb=4
    -- says
    not the tree: stream 0x300 is attached and used 0x1032db3e0, which looks like a physical address

Silent:

    arm-smmu 5000000.iommu: Blocked unknown Stream ID 0x429; boot with "arm-smmu.disable_bypass=0" to allow

Fix: none in the tree. Look at the driver that mapped the buffer.

Source: arm_smmu_context_fault() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c; iommu_dma_alloc_iova() in
drivers/iommu/dma-iommu.c (addresses below 4 GiB first, from the top).
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.faults import Fault, again, context_faults
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.tree import Node
from dtgen.hardware.naming import claimant

ID = "unmapped-access"

_4G = 1 << 32
_TOP = 0xF000_0000
"""Above it, within 4 GiB, is where the kernel allocates first; FastRPC puts a session above bit 32."""
_BOOT = 2.0
"""Seconds in which a display may still read what the bootloader showed."""
_DISPLAYS = ("display-subsystem", "display-controller", "mdss", "mdp")
_SPLASH = ("splash", "framebuffer", "cont-splash", "cont_splash")
_CHANGE = Remedy("none in the device tree")


def check(case: Case) -> Iterator[Verdict]:
    for fault in context_faults(case):
        yield _verdict(case, fault)


def _verdict(case: Case, fault: Fault) -> Verdict:
    splash = _reads_splash(case, fault)
    what, change = _explained(fault, splash)
    many = f" (×{fault.event.count:,})" if fault.event.count > 1 else ""
    crash = case.following(
        fault.event, "fatal-error", "handover", "rproc-crash", "rproc-recovery", "rproc-iommu-fault"
    )
    return Verdict(
        Confidence.NOT_THE_TREE,
        f"{fault.stream} is attached and {what}{many}",
        (fault.event,),
        tree=tuple(_facts(case, fault)),
        change=Remedy(f"{_CHANGE.text}; {change}"),
        verify="dmesg | grep 'Unhandled context fault'",
        follows=(*fault.parts, *again(case, fault), *crash),
        harmless=splash,
    )


def _explained(fault: Fault, splash: bool) -> tuple[str, str]:
    driver = "look at the driver that mapped the buffer, or unmapped it"
    if fault.iova is None:
        return "used an address that is not mapped", driver
    if splash:
        return (
            f"reads the boot splash at {fault.iova:#x}: harmless",
            "the SMMU driver's list of displays lacks this one, or the bootloader leaves it on",
        )
    if fault.iova >= _4G and fault.iova % _4G < _TOP:
        return f"used {fault.iova:#x}, which looks like a physical address", (
            "the driver gave the device an address that it did not map"
        )
    return f"used {fault.iova:#x}, which is not mapped", driver


def _reads_splash(case: Case, fault: Fault) -> bool:
    """Whether a display goes on showing what the bootloader has drawn."""
    node = _claimant(case, fault)
    if node is None or fault.iova is None or node.name.partition("@")[0] not in _DISPLAYS:
        return False
    early = fault.event.time is None or fault.event.time < _BOOT
    return early and _is_splash(case, fault.iova)


def _claimant(case: Case, fault: Fault) -> Node | None:
    smmu = case.tree.smmu(fault.smmu) if case.tree else None
    if case.tree is None or smmu is None or fault.sid is None:
        return None
    claims = case.tree.claims(smmu, fault.sid)
    return case.tree.system.tree.nodes[claims[0].path] if claims else None


def _is_splash(case: Case, iova: int) -> bool:
    carveout = case.tree.carveout_at(iova) if case.tree else None
    if carveout is None or case.tree is None:
        return False
    return any(
        name.startswith(_SPLASH) for name in (carveout.node.name, case.tree.name(carveout.node).lstrip("&"))
    )


def _facts(case: Case, fault: Fault) -> Iterator[str]:
    node = _claimant(case, fault)
    if case.tree is None or node is None:
        return
    yield f"{fault.stream} of {case.name(fault.smmu)} is {claimant(case.tree.system.tree, node.path)}"
    if fault.iova is not None:
        carveout = case.tree.carveout_at(fault.iova)
        where = f"in {case.tree.name(carveout.node)}" if carveout else "in no carveout"
        yield f"{fault.iova:#x} is {where}"
