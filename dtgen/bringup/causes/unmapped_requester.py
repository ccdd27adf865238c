"""A PCIe device has no entry in the `iommu-map` or `msi-map` of its host controller.

Why: the kernel looks up the requester ID of each device behind a controller. Where no entry has it, the SMMU does
not know the stream, or MSI interrupts go to the wrong place. ID 0 is the root port itself, and normal.

Says:

    [    1.173389] OF: /soc/pcie@3800000: no msi-map translation for id 0x100 on (null)
    [    1.173515] OF: /soc/pcie@3800000: no iommu-map translation for id 0x100 on (null)
    -- says
    likely: /soc/pcie@3800000 has no msi-map entry for the requester 01:00.0 (0x100)

Says of a stream that no device has:

    arm-smmu-v3 15400000.iommu: event: C_BAD_STREAMID client: (unassigned sid) sid: 0x40100 ssid: 0x0
    -- says
    likely: no iommu-map leads to stream 0x40100 of 15400000.iommu: its requester 01:00.0 does DMA

Silent:

    [    1.173515] OF: /soc/pcie@3800000: no iommu-map translation for id 0x0 on (null)

Fix: add an entry that has the requester ID: *rid-base, &smmu, output base, length*.

Source: of_map_id() in the kernel's drivers/of/base.c; arm_smmu_handle_event() in arm-smmu-v3.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.faults import SmmuEvent, requester, smmu3_events
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.cells import ID_MAPS, id_map
from dtgen.diagnostics import Subject

ID = "unmapped-requester"

_FIRST_BUS = 0x100
_RULE = "pcie-without-iommu-map"


def check(case: Case) -> Iterator[Verdict]:
    seen = set()
    for event in case.of("no-translation"):
        id = event.number("id") or 0
        if id >= _FIRST_BUS and event.get("node") not in seen:
            seen.add(event.get("node"))
            yield _of_map(case, event, id)
    for found in smmu3_events(case):
        if found.unassigned and not found.smmu.endswith(".auto"):
            yield _of_stream(case, found)


def _of_map(case: Case, event: Event, id: int) -> Verdict:
    path, map_ = event.get("node"), event.get("map")
    node = case.tree.system.tree.nodes.get(path) if case.tree else None
    name = case.tree.name(node) if node and case.tree else path
    finding = case.tree.fires(_RULE, node) if case.tree else None
    prop = node.properties.get(map_) if node and map_ in ID_MAPS else None
    entries = [e for e in id_map(case.tree.system.tree, prop) if e.sound] if case.tree and prop else []
    covered = any(entry.input <= id < entry.input + entry.length for entry in entries)
    sure = bool(case.exact and node and not covered)
    others = (e for e in case.of("no-translation") if e.get("node") == path and e is not event)
    text = f"{name}: {map_} = <an entry that has {id:#x}>"
    return Verdict(
        Confidence.CERTAIN if sure else Confidence.LIKELY,
        f"{name} has no {map_} entry for the requester {requester(id)} ({id:#x})",
        (event,),
        tree=_has(map_, id, bool(prop), covered) if node else (),
        change=case.edits.at(Subject(path, map_), text) if node else Remedy(text),
        verify=f"dmesg | grep 'no {map_} translation'",
        follows=(*others, *case.of("pcie-timeout")),
        rule=_RULE if finding else "",
        subject=Subject(path, map_) if node else None,
    )


def _has(map_: str, id: int, there: bool, covered: bool) -> tuple[str, ...]:
    if covered:
        return (f"its {map_} has an entry for {id:#x} in this tree: another one ran",)
    return (f"no entry of its {map_} has {id:#x}" if there else f"it has no {map_}",)


def _of_stream(case: Case, found: SmmuEvent) -> Verdict:
    smmu = case.tree.smmu(found.smmu) if case.tree else None
    claims = case.tree.claims(smmu, found.sid) if case.tree and smmu else ()
    name = case.name(found.smmu)
    sure = bool(case.exact and smmu and not claims)
    return Verdict(
        Confidence.CERTAIN if sure else Confidence.LIKELY,
        f"no iommu-map leads to stream {found.sid:#x} of {name}: its requester {requester(found.sid)} does DMA",
        (found.event,),
        tree=(f"no node of the tree claims stream {found.sid:#x} of {name}",) if sure else (),
        change=Remedy(f"the PCIe host controller: iommu-map = <an entry that leads to {found.sid:#x}>"),
        verify="dmesg | grep 'arm-smmu-v3.*event'",
        follows=(*found.parts, *case.of("pcie-timeout")),
    )
