"""What causes look at: one boot of a log, the level that it runs at, and the tree where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import cached_property

from dtgen.bringup.boots import Boot
from dtgen.bringup.change import Edits
from dtgen.bringup.message import Event
from dtgen.bringup.tree import KnownTree
from dtgen.devicetree.tree import Node
from dtgen.records import dataclass

# what a device's driver says when it fails, before the core says that the processor did not start
_OF_DEVICE = (
    "attach-refused", "broken-image", "carveout-refused", "fatal-error", "init-image", "release-refused",
    "resource-table", "start-timeout",
)  # fmt: skip
_OF_CORE = ("rproc-failed", "rproc-load", "rproc-crash", "rproc-recovery", "rproc-map")
_WITHOUT_HYP, _WITH_HYP = 1, 2
"""The levels at which KVM says that there is no HYP mode, and that there is."""
_CLOSE = 2.0
"""Seconds between a failure and what the core says of it."""
_CLOSE_LINES = 32
"""The same in lines, where the log has no times."""


@dataclass(frozen=True)
class Case:
    """A boot to be explained."""

    boot: Boot
    tree: KnownTree | None = None
    given_level: int | None = None
    """The exception level, where the user says it."""
    edits: Edits = field(default_factory=Edits)
    """Where the description is to be changed."""
    interrupts_are_whole: bool = False
    """Whether the log has all of /proc/interrupts behind it."""

    @cached_property
    def level_shown(self) -> Event | None:
        """The line that says the level: Linux' own word, or that of KVM."""
        return self.boot.first("level") or self.boot.first("hyp-mode")

    @property
    def level(self) -> int | None:
        """The exception level that Linux runs at; None where the log does not say."""
        event = self.level_shown
        if self.given_level or event is None:
            return self.given_level
        if event.id == "level":
            return event.decimal("level")
        return _WITHOUT_HYP if event.form == 0 else _WITH_HYP

    @property
    def exact(self) -> KnownTree | None:
        """The tree, where it is the one that ran."""
        return self.tree if self.tree and self.tree.exact else None

    def of(self, *ids: str) -> Iterator[Event]:
        return self.boot.of(*ids)

    def first(self, *ids: str) -> Event | None:
        return self.boot.first(*ids)

    def node(self, device: str) -> Node | None:
        return self.tree.node(device) if self.tree else None

    def name(self, device: str) -> str:
        """What a person calls a device: the label of its node, where the tree has one."""
        node = self.node(device)
        return self.tree.name(node) if self.tree and node else device

    def close(self, first: Event, second: Event) -> bool:
        """Whether an event comes so soon after another one that it may follow from it."""
        if second.line < first.line:
            return False
        if first.time is None or second.time is None:
            return second.line - first.line <= _CLOSE_LINES
        return 0 <= second.time - first.time <= _CLOSE

    def following(self, event: Event, *ids: str) -> tuple[Event, ...]:
        """The events of these messages, or of all, that come soon after an event."""
        return tuple(
            other
            for other in self.boot.events
            if other is not event and (not ids or other.id in ids) and self.close(event, other)
        )

    def core_says(self, event: Event) -> tuple[Event, ...]:
        """What the remoteproc core says of a failure of a device, up to the next failure of another one."""
        found = []
        for other in self.boot.events:
            if other.line <= event.line:
                continue
            if other.id in _OF_DEVICE and other.get("device") != event.get("device"):
                break
            if not self.close(event, other):
                break
            if other.id in _OF_CORE:
                found.append(other)
        return tuple(found)

    def processor(self, event: Event) -> str:
        """What to call the processor of a device's event: its label, its name in the log, or its device."""
        device = event.get("device")
        if self.node(device):
            return self.name(device)
        names = (other.get("name") for other in self.core_says(event))
        return next((name for name in names if name and "." not in name), device)

    def verify_up(self, event: Event) -> str:
        """The command that shows that a device's processor runs; by its name, where the log has it."""
        rproc = next((other.get("rproc") for other in self.core_says(event)), "")
        starts = self.of("rproc-available", "rproc-powering")
        name = next((e.get("name") for e in starts if e.get("rproc") == rproc), "")
        return f"dmesg | grep 'remote processor {name} is now up'" if name else "dmesg | grep 'is now up'"
