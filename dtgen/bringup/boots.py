"""The boots of a log: where each begins, and its messages without repeats."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field

from dtgen.bringup import search
from dtgen.bringup.log import Readable
from dtgen.bringup.message import Event
from dtgen.bringup.search import Tally
from dtgen.records import dataclass

# what begins a boot, and how far it has come then: firmware, bootloader, kernel
_STAGES = {"firmware-start": 1, "loader-start": 2, "linux-start": 3, "linux-version": 3}
_FAULTS = ("context-fault", "unknown-stream", "smmu3-decoded")
_MOST_PAGES = 64
"""Of one stream that are kept apart."""
_MOST_ALIKE = 500
"""Different lines of one message that are kept: no boot that anybody wants to read has more."""
_PAGE_BITS = 12


@dataclass(slots=True)
class Boot:
    """The messages of one boot in their order, each of those that repeat once."""

    first_line: int = 1
    last_line: int = 1
    last_time: float | None = None
    stage: int = 0
    before: float | None = None
    """Seconds that the boot before it took, where that ended without a shutdown or a panic."""
    events: list[Event] = field(default_factory=list)
    dropped: int = 0
    """Messages that were too many to be kept."""
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    _kept: Counter[str] = field(default_factory=Counter)
    """By message, how many different lines are kept."""
    _pages: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    _suppressed: int = 0
    _more: Counter[int] = field(default_factory=Counter)
    """By event, how often it came again; `settle()` puts it into them."""

    def add(self, event: Event) -> None:
        """Take a message, or count it where it was there before."""
        self.last_line = event.line
        if event.time is not None:
            self.last_time = event.time
        if event.id == "callbacks-suppressed":
            self._suppressed += event.decimal("count") or 0
            return
        if event.id == "context-fault" and self._suppressed:
            event = dataclasses.replace(event, count=1 + self._suppressed)
            self._suppressed = 0
        key = self._key(event)
        if key in self._seen:
            self._more[self._seen[key]] += event.count
        elif self._kept[event.id] < _MOST_ALIKE:
            self._kept[event.id] += 1
            self._seen[key] = len(self.events)
            self.events.append(event)
        else:
            self.dropped += 1

    def settle(self) -> None:
        """Give each event its count, when the boot is read."""
        for index, more in self._more.items():
            event = self.events[index]
            self.events[index] = dataclasses.replace(event, count=event.count + more)
        self._more.clear()

    def _key(self, event: Event) -> tuple[object, ...]:
        if event.id not in _FAULTS:
            # the words of a raw event differ by their order, counters by all that they say
            apart = (
                event.line if event.id == "smmu3-word" else event.text if event.id == "msi-counter" else None
            )
            return event.id, event.form, apart, *event.fields.values()
        smmu, sid = event.get("smmu"), event.number("cbfrsynra") or event.number("sid")
        stream = event.id, smmu, sid
        page = (event.number("iova") or 0) >> _PAGE_BITS
        key = (*stream, page)
        if key not in self._seen:
            if self._pages[stream] >= _MOST_PAGES:
                return (*stream, -1)
            self._pages[stream] += 1
        return key

    def of(self, *ids: str) -> Iterator[Event]:
        """The events of these messages, in the order of the log."""
        return (event for event in self.events if event.id in ids)

    def first(self, *ids: str) -> Event | None:
        return next(self.of(*ids), None)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was read: the boots that were asked for, and how many there are."""

    name: str
    boots: tuple[Boot, ...]
    """At least one, which may be empty."""
    count: int
    tally: Tally


def read(stream: Readable, name: str, boot: int | None = None, every: bool = False) -> Log:
    """The last boot of a log; or the one of a number, from 1; or all of them."""
    tally = Tally()
    kept: list[Boot] = []
    count = 0
    for number, found in enumerate(_split(search.events(stream, tally)), 1):
        count = number
        if every or boot == number:
            kept.append(found)
        elif boot is None:
            kept = [found]
    if kept and (every or boot is None):
        kept[-1].last_line = tally.lines
        kept[-1].last_time = max(filter(None, (kept[-1].last_time, tally.last_time)), default=None)
    return Log(name, tuple(kept), count, tally)


def _split(events: Iterable[Event]) -> Iterator[Boot]:
    """One boot after the other; a log without any beginning is one boot."""
    boot = Boot()
    for event in events:
        stage = _STAGES.get(event.id, 0)
        if stage and stage <= boot.stage and not _is_repeated(event, boot):
            boot.settle()
            yield boot
            boot = Boot(event.line, event.line, before=_ended(boot))
        boot.stage = max(boot.stage, stage)
        boot.add(event)
    boot.settle()
    yield boot


def _ended(boot: Boot) -> float | None:
    """When a kernel ended without a word; None where it said so, or never ran."""
    said = boot.first("shutdown", "panic") is not None
    return None if said or boot.stage < _STAGES["linux-start"] else boot.last_time


def _is_repeated(event: Event, boot: Boot) -> bool:
    """Whether it names the kernel that runs already: behind the line that began it, or of /proc/version."""
    if event.id != "linux-version":
        return False
    return event.time is None or boot.last_time is None or event.time >= boot.last_time
