"""TrustZone refused to start processors: what they have in common tells why.

Why: `error -22 initializing firmware` says almost nothing, for every code that the SCM driver does not know
becomes -22. The pattern says more. Where every user of PAS fails at one step, the images are not the cause: the
level, the streams, the kernel or TrustZone is. Where one of several fails, it is that image or that node. At EL2 a
processor without `iommus` cannot start: Linux makes no bridge for its metadata, and nobody maps its memory.

Says:

    [    8.198381] qcom_q6v5_pas 1b300000.remoteproc: error -22 initializing firmware qcom/cdsp.mbn
    [    8.407641] qcom_q6v5_pas 3000000.remoteproc: error -22 initializing firmware qcom/adsp.mbn
    -- says
    possible: TrustZone refused 2 processors at the same step, and no other came up: the images are not the cause

Says at EL2, with the tree that ran:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    7.303000] qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn
    -- tree
    remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; };
    -- says
    likely: Linux runs at EL2, and no remote processor of this tree has a stream

Says of one processor:

    [    7.303000] qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn
    -- says
    possible: TrustZone refused to start 30000000.remoteproc

Silent:

    [   10.909555] qcom-venus aa00000.video-codec: error -22 initializing firmware qcom/venus.mbn

Fix: at EL2, give each processor the stream of its firmware or disable it. Otherwise look at what they share.

Source: qcom_scm_remap_error() and qcom_scm_pas_init_image() in the kernel's drivers/firmware/qcom/qcom_scm.c;
qcom_mdt_pas_init() in drivers/soc/qcom/mdt_loader.c; qcom_pas_start() in drivers/remoteproc/qcom_q6v5_pas.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject
from dtgen.hardware.naming import listed
from dtgen.hardware.pas import is_pas

ID = "pas-refused"

_RULE = "pas-without-stream"
_EL2 = 2
_UP = "ls /sys/kernel/iommu_groups/*/devices | grep remoteproc"


def check(case: Case) -> Iterator[Verdict]:
    failed = _failed(case)
    if not failed:
        return
    # firmware of laptops does not serve PAS at EL2, and its processors must have no stream
    needs_streams = bool(case.level == _EL2 and case.tree and case.tree.system.pas_at_el2)
    lacking = _lacking(case, failed) if needs_streams else []
    if case.tree and needs_streams and not case.tree.pas_with_stream and case.tree.pas:
        yield _no_stream_anywhere(case, case.tree, failed)
        return
    for event in lacking:
        yield _forgotten(case, event)
    others = [event for event in failed if event not in lacking]
    if others:
        yield _pattern(case, others)


def _failed(case: Case) -> list[Event]:
    """The first failure of each remote processor that TrustZone was asked to start."""
    first: dict[str, Event] = {}
    for event in case.of("init-image", "release-refused"):
        node = case.node(event.get("device"))
        if event.get("device").endswith(".remoteproc") or (node and is_pas(node)):
            first.setdefault(event.get("device"), event)
    return list(first.values())


def _lacking(case: Case, failed: Sequence[Event]) -> list[Event]:
    """Those whose node has no stream, while others have."""
    if case.tree is None:
        return []
    nodes = [(event, case.node(event.get("device"))) for event in failed]
    return [event for event, node in nodes if node and is_pas(node) and "iommus" not in node.properties]


def _no_stream_anywhere(case: Case, tree: KnownTree, failed: Sequence[Event]) -> Verdict:
    names = [tree.name(node) for node in tree.pas]
    return Verdict(
        Confidence.LIKELY,
        "Linux runs at EL2, and no remote processor of this tree has a stream",
        tuple(filter(None, (failed[0], case.level_shown))),
        remarks=_more(failed),
        tree=(f"{tree.file} has no iommus at {listed(names)}",),
        change=case.edits.boot(tree.file),
        verify=_UP,
        follows=_follows(case, failed),
        innocent=_innocent(case),
        rule=_RULE,
        subject=Subject(tree.pas[0].path),
    )


def _forgotten(case: Case, event: Event) -> Verdict:
    node = case.node(event.get("device"))
    assert node and case.tree
    name = case.tree.name(node)
    return Verdict(
        Confidence.LIKELY,
        f"Linux runs at EL2, and {name} has no stream",
        (event,),
        tree=(f"{len(case.tree.pas_with_stream)} other processors of {case.tree.file} have one",),
        change=case.edits.stream(name, node.path),
        verify=case.verify_up(event),
        follows=_follows(case, [event]),
        innocent=_innocent(case),
        rule=_RULE,
        subject=Subject(node.path),
    )


def _pattern(case: Case, failed: Sequence[Event]) -> Verdict:
    up = {event.get("name") for event in case.of("rproc-up")}
    every = len(failed) > 1 and not up
    streams = [e for e in case.of("group-joined") if e.get("device").endswith(".remoteproc")]
    groups = case.first("group-joined") is not None
    without = case.level == _EL2 and groups and not streams
    if every and without:
        confidence = Confidence.LIKELY
        summary = "Linux runs at EL2, and no remote processor joined an IOMMU group: this tree is for EL1"
    elif every:
        confidence = Confidence.POSSIBLE
        summary = (
            f"TrustZone refused {len(failed)} processors at the same step, and no other came up: "
            "the images are not the cause"
        )
    else:
        confidence = Confidence.POSSIBLE
        summary = f"TrustZone refused to start {listed([case.processor(event) for event in failed])}"
    change = Remedy("boot a tree for EL2") if without and every else None
    return Verdict(
        confidence,
        summary,
        (failed[0],),
        remarks=(*_more(failed), *((f"{listed(sorted(up))} came up",) if up else ())),
        change=change,
        rivals=() if without and every else tuple(_rivals(case, every)),
        verify=case.verify_up(failed[0]),
        follows=_follows(case, failed),
        innocent=_innocent(case),
    )


def _rivals(case: Case, every: bool) -> Iterator[str]:
    if case.level is None:
        yield "at EL2: these nodes have no iommus; `dmesg | grep 'started at EL'` says the level"
    if case.tree and case.tree.system.pas_at_el2 is False:
        yield "the firmware does not serve PAS at EL2: what it has not started itself stays off"
    elif every and case.level == _EL2:
        yield "the firmware does not serve PAS at EL2, or the tree gives no streams: give the tree with --tree"
    if every:
        yield "TrustZone could not read the metadata: another kernel with the same firmware would tell"
    else:
        yield "the image is of another board or not signed for this one: its path and the vendor's image would tell"
        yield "the processor still runs since the bootloader"


def _more(failed: Sequence[Event]) -> tuple[str, ...]:
    same = [e for e in failed[1:] if (e.id, e.get("error")) == (failed[0].id, failed[0].get("error"))]
    if not same:
        return ()
    more = "1 more processor fails" if len(same) == 1 else f"{len(same)} more processors fail"
    return (f"{more} at the same step",)


def _follows(case: Case, failed: Sequence[Event]) -> tuple[Event, ...]:
    devices = {event.get("device") for event in failed}
    errors = {event.get("error") for event in failed}
    found = [e for e in case.of("init-image", "release-refused") if e.get("device") in devices]
    for event in failed:
        found.extend(case.core_says(event))
    if len(failed) > 1:  # what else asks TrustZone for the same, and is refused alike
        found.extend(e for e in case.of("init-image") if e.get("error") in errors)
        found.extend(case.of("gpu-failed", "video-failed"))
    unique = {(event.line, event.id): event for event in found if event is not failed[0]}
    return tuple(unique[key] for key in sorted(unique))


def _innocent(case: Case) -> tuple[Event, ...]:
    return tuple(event for event in case.of("qseecom") if "untested machine" in event.text)[:1]
