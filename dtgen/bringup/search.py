"""Messages in a log: literal texts are looked for first, patterns only where one was found.

A log may have 100 MB, nearly all of it about something else. Each text of `KEYS` is searched for in the whole
block, which takes a tenth of a second for 100 MB; a line is decoded, cleaned and matched where one is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache, lru_cache

from dtgen.bringup import log
from dtgen.bringup.log import Readable
from dtgen.bringup.message import Event, Match, Message, normal, pieces
from dtgen.bringup.messages import MESSAGES
from dtgen.records import dataclass

KEYS: tuple[str, ...] = (
    " domain", " image", " initializing", " mode ", "Aliasing", "Bridge", "Dtb", "EFI stub", "Err: ",
    "FDT", "Failed to apply", "GFSYNR0", "HYP mode", "Handover", "Hypervisor cold", "ITS-",
    "Initialized with", "Internal error", "Kernel panic", "Linux ", "Machine model", "OF: ", "PCI read",
    "QC_IMAGE_VERSION", "Retrieving file", "SError", "SMMU", "U-Boot ", "Unable to", "Zap shader",
    "all defined regions", "attach", "by WDT", "carveout", "completion polled", "configure fail",
    "deferred probe", "enable msi", "evice Tree", "evice tree", "failed", "fdt", "firmware",
    "ignores id-base", "iommu", "memory", "overlaps with", "overlay", "pc : ", "probe ", "qcom_scm",
    "qseecom", "ranges fail", "reboot: ", "received: ", "register Gunyah", "remoteproc", "resource table",
    "segment", "smmu", "started at EL", "stream ", "sync_state", "systemd-shutdown", "timed out",
    "watchdog", "without message",
)  # fmt: skip
"""Every skeleton of a message has one of them in its text."""

_OF_INTEREST = ("arm-smmu", "remoteproc", "qcom_scm", "qcom_q6v5")
_KEPT_UNKNOWN = 20
_REPEATED = 4096
"""Lines of which the messages are kept in memory, for when they come again."""
_SHOWN = 300
"""Characters of a line that are kept."""


@dataclass(slots=True)
class Unknown:
    """Lines of a driver that print no message of the table."""

    count: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)
    """The first of them, with their numbers."""


@dataclass(slots=True)
class Tally:
    """What was read."""

    lines: int = 0
    last_time: float | None = None
    """Of the kernel, in the last line that has one of those that end a block."""
    understood: int = 0
    unknown: dict[str, Unknown] = field(default_factory=dict)
    """By driver."""

    def miss(self, number: int, text: str) -> None:
        """A line in which no message was found: counted where it is of a driver that matters here."""
        driver = next((driver for driver in _OF_INTEREST if driver in text), None)
        if driver:
            unknown = self.unknown.setdefault(driver, Unknown())
            unknown.count += 1
            if len(unknown.lines) < _KEPT_UNKNOWN:
                unknown.lines.append((number, text))


_KEYS = tuple(key.encode() for key in KEYS)


@cache
def _plan(keys: int) -> tuple[tuple[Message, tuple[str, ...]], ...]:
    """The messages that a line with these keys may be, with their literals. `keys`: a bit for each."""
    present = [key for number, key in enumerate(KEYS) if keys >> number & 1]
    return tuple(
        (message, (*message.literals, *([message.begins] if message.begins else [])))
        for message in MESSAGES
        if any(
            key in message.begins or any(key in piece for form in message.skeletons for piece in pieces(form))
            for key in present
        )
    )


def events(stream: Readable, tally: Tally) -> Iterator[Event]:
    """Every message in the order of the log."""
    for block, end in log.blocks(stream):
        before, at = tally.lines, 0
        for start, keys in _candidates(block, end).items():
            before += block.count(b"\n", at, start)
            at = start
            stop = block.find(b"\n", start)
            line = block[start : stop if stop >= 0 else len(block)]
            text = log.shown(line)
            if text is None:
                continue
            found = list(_found(text, keys, before + 1, block, stop))
            if found:
                tally.understood += 1
                yield from found
            else:
                tally.miss(before + 1, text)
        tally.lines = before + block.count(b"\n", at, end)
        if end and not block.endswith(b"\n"):
            tally.lines += 1
        last = block[block.rfind(b"\n", 0, max(len(block) - 1, 0)) + 1 :]
        tally.last_time = log.time_of(log.shown(last) or "")[0] or tally.last_time


def _candidates(block: bytes, end: int) -> Mapping[int, int]:
    """Where each line with a key begins, in order, and which keys it has, a bit for each."""
    hits: dict[int, int] = {}
    for number, key in enumerate(_KEYS):
        bit = 1 << number
        at = block.find(key, 0, end)
        while at >= 0:
            start = block.rfind(b"\n", 0, at) + 1
            hits[start] = hits.get(start, 0) | bit
            stop = block.find(b"\n", at)
            at = block.find(key, stop, end) if stop >= 0 else -1
    return dict(sorted(hits.items()))


def _found(text: str, keys: int, line: int, block: bytes, stop: int) -> Iterator[Event]:
    """The messages of a line: two, where those of two processors ran into one another."""
    time, shown = log.time_of(text)
    for message, match in _matches(normal(log.without_time(shown)), keys):
        if not _complete(message, match):
            match = _wrapped(message, text, block, stop) or match  # noqa: PLW2901
        if match:
            yield Event(message.id, line, time, shown[:_SHOWN], match.fields, match.form)


@lru_cache(maxsize=_REPEATED)
def _matches(left: str, keys: int) -> tuple[tuple[Message, Match | None], ...]:
    """Each message of a line; None where the line only begins it. Logs repeat themselves: some are kept."""
    found = []
    for message, literals in _plan(keys):
        for literal in literals:
            if literal in left:
                break
        else:
            continue
        match = message.match(left)
        if match:
            left = f"{left[: match.begin]}\0{left[match.end :]}"
        if match or (message.begins and message.begins in left):
            found.append((message, match))
    return tuple(found)


def _complete(message: Message, match: Match | None) -> bool:
    return match is not None and all(name in match.fields for name in message.needs)


def _wrapped(message: Message, text: str, block: bytes, stop: int) -> Match | None:
    """The message with the one or two lines that follow; None where they do not complete it."""
    best = None
    for _ in range(2):
        if stop < 0:
            break
        start, stop = stop + 1, block.find(b"\n", stop + 1)
        joined = log.continued(text, block[start : stop if stop >= 0 else len(block)])
        if joined is None:
            break
        text = joined
        match = message.match(normal(text))
        best = match or best
        if _complete(message, match):
            break
    return best
