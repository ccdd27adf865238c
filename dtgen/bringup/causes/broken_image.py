"""The firmware image of a processor is missing, damaged or too large for its carveout.

Why: the kernel reads the image before TrustZone is asked. What it says of headers, hash segments and truncated files
is about the file; a segment outside of the memory range is about a carveout that is smaller than the image wants.

Says:

    [    7.3] qcom_q6v5_pas 30000000.remoteproc: no hash segment found in qcom/sa8775p/adsp.mbn
    -- says
    not the tree: the image of 30000000.remoteproc is damaged or of another kind: qcom/sa8775p/adsp.mbn

Says of a missing file:

    [    7.3] remoteproc remoteproc0: request_firmware failed: -2
    -- says
    not the tree: the image of remoteproc0 is not in the file system

Says of a carveout that is too small:

    [    7.3] qcom_q6v5_pas 30000000.remoteproc: segment outside memory range
    -- says
    possible: the image of 30000000.remoteproc does not fit into its carveout

Silent:

    [    7.3] qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn

Fix: install the image of the board; compare `firmware-name` with where it lies.

Source: drivers/soc/qcom/mdt_loader.c in the kernel; rproc_boot() in drivers/remoteproc/remoteproc_core.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject

ID = "broken-image"

_OUTSIDE = 2
_NO_FILE = 3
"""Forms of the messages `broken-image` and `rproc-failed`."""


def check(case: Case) -> Iterator[Verdict]:
    seen = set()
    for event in case.of("broken-image", "rproc-failed"):
        about = event.get("device") or event.get("rproc")
        if about in seen or (event.id == "rproc-failed" and event.form != _NO_FILE):
            continue
        seen.add(about)
        yield (
            _outside(case, event)
            if (event.id, event.form) == ("broken-image", _OUTSIDE)
            else _file(case, event)
        )


def _file(case: Case, event: Event) -> Verdict:
    name = case.processor(event) if event.get("device") else event.get("rproc")
    firmware = f": {event.get('firmware')}" if event.get("firmware") else ""
    missing = event.id == "rproc-failed"
    what = "is not in the file system" if missing else f"is damaged or of another kind{firmware}"
    node = case.node(event.get("device"))
    return Verdict(
        Confidence.NOT_THE_TREE,
        f"the image of {name} {what}",
        (event,),
        tree=tuple(f"{case.name(event.get('device'))} wants {file}" for file in node.strings("firmware-name"))
        if node
        else (),
        change=Remedy("none, unless firmware-name is not where the image lies"),
        verify="ls /lib/firmware/qcom",
        follows=case.core_says(event),
    )


def _outside(case: Case, event: Event) -> Verdict:
    node = case.node(event.get("device"))
    return Verdict(
        Confidence.POSSIBLE,
        f"the image of {case.processor(event)} does not fit into its carveout",
        (event,),
        rivals=(
            "the carveout is smaller than the image wants: `dtgen memory TREE.dtb` shows it",
            "the image is of another board",
        ),
        follows=case.core_says(event),
        subject=Subject(node.path, "memory-region") if node else None,
    )
