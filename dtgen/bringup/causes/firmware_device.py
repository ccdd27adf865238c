"""A codec or wifi cannot start its firmware: at EL2 it needs a stream for it.

Why: venus and ath11k start their firmware without TrustZone's PAS only where a `*-firmware` child with a stream
tells them to; iris knows no such child. At EL2 nobody else maps the firmware's memory, so they fail. At EL1 the same
message says that the image was refused.

Says:

    [    0.071000] CPU: All CPU(s) started at EL2
    [   10.909555] qcom-venus aa00000.video-codec: error -22 initializing firmware qcom/venus.mbn
    [   10.910099] qcom-venus aa00000.video-codec: fail to load video firmware
    -- says
    likely: aa00000.video-codec has no stream for its firmware, and Linux runs at EL2

Says, where the level is not known:

    [   10.909555] qcom-venus aa00000.video-codec: error -22 initializing firmware qcom/venus.mbn
    -- says
    possible: the firmware of aa00000.video-codec was refused

Silent:

    [   10.863062] qcom-venus aa00000.video-codec: non legacy binding

Fix: disable the device, or give it a `*-firmware` child with the firmware's stream where its driver knows one.

Source: venus_firmware_init() in the kernel's drivers/media/platform/qcom/venus/firmware.c; iris_fw_load() in
iris/iris_firmware.c; ath11k_ahb_fw_resources_init() in drivers/net/wireless/ath/ath11k/ahb.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Verdict
from dtgen.diagnostics import Subject
from dtgen.hardware.pas import firmware_child

ID = "firmware-device"

_EL2 = 2
_RULES = ("forgotten-pas-user", "missing-firmware-child")
_DEVICES = (".video-codec", ".wifi")


def check(case: Case) -> Iterator[Verdict]:
    seen: dict[str, list[Event]] = {}
    for event in case.of("init-image", "video-failed", "wifi-failed", "probe-failed"):
        device = event.get("device")
        if device.endswith(_DEVICES) and (event.id != "probe-failed" or device in seen):
            seen.setdefault(device, []).append(event)
    for device, events in seen.items():
        yield _verdict(case, device, events)


def _verdict(case: Case, device: str, events: list[Event]) -> Verdict:
    name, node = case.name(device), case.node(device)
    follows = tuple(events[1:])
    finding = (
        next(filter(None, (case.tree.fires(rule, node) for rule in _RULES)), None) if case.tree else None
    )
    has_child = bool(node and firmware_child(node))
    if case.level != _EL2 or has_child:
        return Verdict(
            Confidence.POSSIBLE,
            f"the firmware of {name} was refused",
            (events[0],),
            rivals=(
                *(("at EL2: it needs a stream for it; `dmesg | grep 'started at EL'` says the level",)
                  if case.level is None else ()),
                "the image is not signed for this board, or of another one: the vendor's image would tell",
            ),
            follows=follows,
        )  # fmt: skip
    rule = next((r for r in _RULES if case.tree and case.tree.fires(r, node)), "")
    return Verdict(
        Confidence.CERTAIN if finding and case.exact else Confidence.LIKELY,
        f"{name} has no stream for its firmware, and Linux runs at EL2",
        (events[0],),
        tree=(finding.message,) if finding else (),
        change=case.edits.disable(name, node.path if node else ""),
        verify=f"dmesg | grep {device}",
        follows=follows,
        rule=rule,
        subject=Subject(node.path) if node else None,
    )
