"""Faults of SMMUs as they are spread over several lines of a log, put together."""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.records import dataclass

_SID = 0xFFFF
"""Of `cbfrsynra`, the bits of the stream ID. Source: CBFRSYNRA_SID in the kernel's arm-smmu.h."""
_NEAR = 32
"""Lines within which the parts of one fault are looked for: other CPUs print between them."""
_WORDS = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A device used an address that is not mapped for it."""

    event: Event
    smmu: str
    """The SMMU's device."""
    sid: int | None
    iova: int | None
    parts: tuple[Event, ...]
    """Its other lines."""
    client: str = ""
    """The device, where the kernel says it."""

    @property
    def stream(self) -> str:
        return "an unknown stream" if self.sid is None else f"stream {self.sid:#x}"


def context_faults(case: Case) -> Iterator[Fault]:
    """Of SMMUv2: one for each stream, the first."""
    seen: dict[tuple[str, int | None], None] = {}
    for event in case.of("context-fault"):
        parts = tuple(
            other
            for other in case.of("context-fault-stream", "context-fault-detail")
            if 0 <= other.line - event.line <= _NEAR and other.get("smmu") == event.get("smmu")
        )
        syndrome = event.number("cbfrsynra")
        named = (other.number("sid") for other in parts if other.id == "context-fault-stream")
        sid = syndrome & _SID if syndrome is not None else next(named, None)
        key = event.get("smmu"), sid
        if key not in seen:
            seen[key] = None
            yield Fault(event, event.get("smmu"), sid, event.number("iova"), parts, event.get("client"))


def again(case: Case, fault: Fault) -> tuple[Event, ...]:
    """The other faults of the same stream, and all their lines."""
    return tuple(
        event
        for event in case.of("context-fault", "context-fault-stream", "context-fault-detail")
        if event is not fault.event
        and event.get("smmu") == fault.smmu
        and _stream(event) in (None, fault.sid)
    )


def _stream(event: Event) -> int | None:
    number = event.number("cbfrsynra") if event.id == "context-fault" else event.number("sid")
    return None if number is None else number & _SID


@dataclass(frozen=True, slots=True)
class SmmuEvent:
    """An event of an SMMUv3: in words where the kernel says them, else as its raw words say."""

    event: Event
    smmu: str
    name: str
    sid: int
    iova: int | None
    client: str
    """Empty where nobody has the stream, or the kernel does not say."""
    unassigned: bool
    """Whether no device has the stream."""
    parts: tuple[Event, ...]


_NAMES = {
    0x02: "C_BAD_STREAMID", 0x03: "F_STE_FETCH", 0x04: "C_BAD_STE", 0x06: "F_STREAM_DISABLED",
    0x08: "C_BAD_SUBSTREAMID", 0x09: "F_CD_FETCH", 0x0A: "C_BAD_CD", 0x10: "F_TRANSLATION",
    0x11: "F_ADDR_SIZE", 0x12: "F_ACCESS", 0x13: "F_PERMISSION", 0x25: "F_VMS_FETCH",
}  # fmt: skip
_NOBODYS = ("C_BAD_STREAMID", "C_BAD_STE", "F_STREAM_DISABLED")


def smmu3_events(case: Case) -> Iterator[SmmuEvent]:
    """Of SMMUv3, one for each stream. Source: arm_smmu_decode_event() in the kernel's arm-smmu-v3.c."""
    seen: set[tuple[str, int]] = set()
    for found in (*_decoded(case), *_raw(case)):
        if (found.smmu, found.sid) not in seen:
            seen.add((found.smmu, found.sid))
            yield found


def _decoded(case: Case) -> Iterator[SmmuEvent]:
    for event in case.of("smmu3-decoded"):
        sid, client = event.number("sid"), event.get("client")
        if sid is None:
            continue
        raw = tuple(
            other
            for other in case.of("smmu3-event", "smmu3-word")
            if abs(other.line - event.line) <= _NEAR and other.get("smmu") == event.get("smmu")
        )
        name = event.get("event")
        nobody = not client or name in _NOBODYS
        yield SmmuEvent(event, event.get("smmu"), name, sid, event.number("iova"), client, nobody, raw)


def _raw(case: Case) -> Iterator[SmmuEvent]:
    for event in case.of("smmu3-event"):
        words = [
            other
            for other in case.of("smmu3-word")
            if 0 < other.line - event.line <= _NEAR and other.get("smmu") == event.get("smmu")
        ][:_WORDS]
        if len(words) < _WORDS - 1:
            continue
        first, _, address = (word.number("word") or 0 for word in words[:3])
        name = _NAMES.get(first & 0xFF, f"event {first & 0xFF:#x}")
        yield SmmuEvent(
            event, event.get("smmu"), name, first >> 32, address, "", name in _NOBODYS, tuple(words)
        )


def requester(sid: int) -> str:
    """A requester ID as PCI writes it, without the domain: `01:00.0`."""
    return f"{sid >> 8 & 0xFF:02x}:{sid >> 3 & 31:02x}.{sid & 7}"
