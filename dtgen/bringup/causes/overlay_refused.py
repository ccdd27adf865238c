"""The bootloader or the kernel did not apply an overlay.

Why: libfdt stops at the first label or path that the base does not have, and destroys the base. Of several
failures only the first one counts: what comes after it, FDT_ERR_BADMAGIC and the hint about `/__symbols__`, is
about the rest of what was destroyed.

Says:

    Applying kernel provided DT overlay dtb/overlays/rockchip-rk3588-sata1.dtbo
    failed on fdt_overlay_apply(): FDT_ERR_NOTFOUND
    Applying kernel provided DT overlay dtb/overlays/rockchip-rk3588-sata2.dtbo
    failed on fdt_overlay_apply(): FDT_ERR_BADMAGIC
    base fdt does not have a /__symbols__ node
    -- says
    likely: rockchip-rk3588-sata1.dtbo refers to a label or path that the base does not have

Says of a base without symbols:

    failed on fdt_overlay_apply(): FDT_ERR_NOTFOUND
    base fdt does not have a /__symbols__ node
    make sure you've compiled with -@
    -- says
    likely: the base has no symbols, so no label of the overlay can be found

Says of a lack of room:

    failed on fdt_overlay_apply(): FDT_ERR_NOSPACE
    -- says
    likely: there was no room for the overlay in the base

Says of the kernel's own resolver:

    OF: resolver: node label 'i2s0' not found in live devicetree symbols table
    -- says
    likely: the overlay refers to the label i2s0, which the running tree does not have

Says of Qualcomm's ABL:

    ApplyOverlay: ufdt apply overlay failed
    Error: Dtb overlay failed
    -- says
    likely: ABL could not apply the overlay of the dtbo partition to this devicetree

Says of an overlay that was left out:

    Failed loading overlay /not-there.dtbo
    -- says
    likely: the bootloader went on without an overlay: /not-there.dtbo could not be loaded

Silent:

    Retrieving file: /virt-el2.dtbo
    Booting Linux on physical CPU 0x0000000000 [0x411fd070]

Fix: `dtgen apply base.dtb overlay.dtbo -o merged.dtb` names each label, with near matches; boot the merged blob.

Source: fdt_overlay_apply_verbose() in U-Boot's boot/image-fdt.c and boot/pxe_utils.c; drivers/of/resolver.c
and overlay.c in the kernel; fdt_overlay.c in libfdt.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Remedy, Verdict

ID = "overlay-refused"

_RULE = "unknown-label"
_OURS = ("overlay-failed", "overlay-not-loaded", "live-overlay", "abl-overlay")
_FOLLOW = (
    *_OURS,
    "overlay-no-symbols",
    "overlay-skipped",
    "loader-stopped",
    "loader-follows",
    "live-overlay-follows",
)
_NEXT = 3
"""Lines between a failure and the hint that belongs to it."""
_APPLY = "dtgen apply BASE.dtb {overlay} -o merged.dtb names the label; boot the merged blob instead"


def check(case: Case) -> Iterator[Verdict]:
    first = case.first(*_OURS) or case.first("overlay-no-symbols")
    if first is None:
        return
    overlay = _overlay(case, first)
    summary, change, rule = _explained(case, first, overlay)
    follows = tuple(e for e in case.of(*_FOLLOW) if e is not first and (e.line > first.line or e.count > 1))
    yield Verdict(
        Confidence.LIKELY,
        summary,
        (first,),
        remarks=_remarks(first, follows),
        change=Remedy(change),
        verify="boot, and look for the overlay's nodes in /proc/device-tree",
        follows=follows,
        rule=rule,
    )


def _overlay(case: Case, first: Event) -> str:
    """The file's name, where the log has it."""
    before = [e for e in case.of("overlay-applying") if e.line < first.line and ".dtbo" in e.get("overlay")]
    after = [
        e for e in case.of("overlay-skipped") if 0 <= e.line - first.line <= _NEXT or e.line < first.line
    ]
    named = first.get("overlay") or next((e.get("overlay") for e in after if e.get("overlay")), "")
    if not named and before:
        named = before[-1].get("overlay")
    return PurePosixPath(named).name if first.id != "overlay-not-loaded" else named


def _explained(case: Case, first: Event, overlay: str) -> tuple[str, str, str]:
    """What happened, what to do, and the rule that finds the same; empty where none does."""
    which = overlay or "the overlay"
    apply = _APPLY.format(overlay=overlay or "OVERLAY.dtbo")
    hint = _hinted(case, first)
    match first.id, first.get("error"):
        case "abl-overlay", _:
            return (
                "ABL could not apply the overlay of the dtbo partition to this devicetree",
                "erase the dtbo partition (fastboot erase dtbo), or boot the blob that it was made for",
                "",
            )
        case "live-overlay", _ if label := first.get("label"):
            summary = f"{which} refers to the label {label}, which the running tree does not have"
            return summary, apply, _RULE
        case "live-overlay", _:
            return f"the kernel refused {which}", apply, ""
        case "overlay-not-loaded", _:
            summary = f"the bootloader went on without an overlay: {_not_loaded(first, which)}"
            return summary, "boot the merged blob, which needs no overlay at boot", ""
        case "overlay-failed", "FDT_ERR_NOSPACE":
            return (
                "there was no room for the overlay in the base",
                "make room (fdt resize 0x10000 before fdt apply), or boot the merged blob",
                "",
            )
        case _, "FDT_ERR_BADMAGIC" | "FDT_ERR_BADSTRUCTURE" | "FDT_ERR_TRUNCATED" | "FDT_ERR_BADVERSION":
            summary = f"{which} is damaged or no devicetree blob ({first.get('error')})"
            return summary, f"fdtdump {overlay or 'OVERLAY.dtbo'}; copy it again", ""
        case _ if hint or first.id == "overlay-no-symbols":
            return (
                "the base has no symbols, so no label of the overlay can be found",
                "compile the base with dtc -@, or boot the merged blob, which needs none",
                "",
            )
    return f"{which} refers to a label or path that the base does not have", apply, _RULE


def _hinted(case: Case, first: Event) -> bool:
    """Whether the hint about symbols is of this failure, and not of the next one, which always has it."""
    later = [e.line for e in case.of("overlay-failed") if e.line > first.line]
    return any(
        0 <= event.line - first.line <= _NEXT and not any(line < event.line for line in later)
        for event in case.of("overlay-no-symbols")
    )


def _not_loaded(first: Event, which: str) -> str:
    reasons = (
        f"{which} could not be loaded",
        f"{which} is not a devicetree blob",
        "fdtoverlay_addr_r is not set",
        "this U-Boot was built without CONFIG_OF_LIBFDT_OVERLAY",
        "an image that should be an overlay is not a devicetree blob",
    )
    return reasons[first.form]


def _remarks(first: Event, follows: tuple[Event, ...]) -> tuple[str, ...]:
    symbols = any(event.id == "overlay-no-symbols" for event in follows)
    if first.get("error") and (any(e.get("error") == "FDT_ERR_BADMAGIC" for e in follows)):
        hint = " and the hint about /__symbols__" if symbols else ""
        return (f"FDT_ERR_BADMAGIC{hint} come of the first failure, which destroys the base",)
    if first.get("error") == "FDT_ERR_NOSPACE" and symbols:
        return ("the base has no symbols either: that is the next thing to fail",)
    return ()
