"""The memory of a processor or codec cannot be used as the tree has it.

Why: the driver maps the carveout at its physical address, in pages of 4 KiB. A carveout that is not aligned to
them, that is missing, or that is smaller than the image stops the start.

Says:

    [    7.100000] iommu: unaligned: iova 0x95c00800 pa 0x95c00800 size 0x1e00000 min_pagesz 0x1000
    [    7.100100] remoteproc remoteproc0: iommu_map failed: -22
    -- says
    likely: a carveout at 0x95c00800 is not aligned to pages of 0x1000

Says of one that is missing:

    [    7.100000] qcom_q6v5_pas 30000000.remoteproc: unable to resolve memory-region
    -- says
    likely: the carveout of 30000000.remoteproc is missing or cannot be mapped

Silent:

    [    7.100000] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 6795264

Fix: give `memory-region` a carveout with `no-map`, aligned to 4 KiB and as large as the image needs.

Source: __iommu_map() in the kernel's drivers/iommu/iommu.c; qcom_pas_alloc_memory_region() in qcom_q6v5_pas.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject

ID = "carveout-refused"

_RULE = "pas-region"


def check(case: Case) -> Iterator[Verdict]:
    seen = set()
    for event in case.of("unaligned-map", "carveout-refused"):
        about = event.get("device") or event.get("pa")
        if about not in seen:
            seen.add(about)
            yield _unaligned(case, event) if event.id == "unaligned-map" else _missing(case, event)


def _unaligned(case: Case, event: Event) -> Verdict:
    address = event.number("pa") or 0
    carveout = case.tree.carveout_at(address) if case.tree else None
    summary = f"a carveout at {address:#x} is not aligned to pages of {event.number('page') or 0:#x}"
    follows = case.following(event, "rproc-map", "rproc-failed", "rproc-load")
    if carveout is None or case.tree is None:
        change = Remedy("align its start and its size to 0x1000")
        return Verdict(Confidence.LIKELY, summary, (event,), change=change, follows=follows)
    subject = Subject(carveout.node.path, "reg")
    name = case.tree.name(carveout.node)
    users = [case.tree.system.tree.name_of(path) for path in case.tree.users_of(carveout)]
    fires = any(not region.aligned(0x1000) for region in carveout.regions)
    return Verdict(
        Confidence.CERTAIN if fires and case.tree.exact else Confidence.LIKELY,
        f"{name} is not aligned to pages of {event.number('page') or 0:#x}",
        (event,),
        tree=(
            f"{name} is at {', '.join(map(str, carveout.regions))}, used by {', '.join(users) or 'nobody'}",
        ),
        change=case.edits.at(subject, f"{name}: align start and size of its reg to 0x1000"),
        follows=follows,
        rule=_RULE,
        subject=subject,
    )


def _missing(case: Case, event: Event) -> Verdict:
    node: Node | None = case.node(event.get("device"))
    name = case.processor(event)
    finding = case.tree.fires(_RULE, node) if case.tree else None
    lacks = bool(node and "memory-region" not in node.properties)
    sure = bool(case.exact and node and (finding or lacks))
    subject = Subject(node.path, "memory-region") if node else None
    text = f"{name}: memory-region = <a carveout with no-map>"
    facts = (finding.message,) if finding else (f"{name} has no memory-region",) if lacks else ()
    return Verdict(
        Confidence.CERTAIN if sure else Confidence.LIKELY,
        f"the carveout of {name} is missing or cannot be mapped",
        (event,),
        tree=facts,
        change=case.edits.at(subject, text) if subject else Remedy(text),
        verify=case.verify_up(event),
        follows=(
            *case.core_says(event),
            *case.following(event, "probe-failed", "video-failed", "wifi-failed"),
        ),
        rule=_RULE if finding else "",
        subject=subject,
    )
