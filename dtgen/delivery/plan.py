"""What is to be delivered: stacks by name, and what loaders are given besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dtgen.records import dataclass

KERNEL, INITRD = "/Image", "/initrd.img"
"""Where they lie in the boot partition."""

Render = Callable[[str, Mapping[str, Any]], str]
"""A template below `templates/deliver/` and what it sees, to a text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One base with its overlays. Names are those of files, without endings."""

    base: str
    overlays: tuple[str, ...]
    """In order; the description's own is the last."""
    merged: str
    directory: str
    """Of its sources below `arch/arm64/boot/dts`, as `qcom`; empty where that is not known."""
    compatible: str | None = None
    """What Qualcomm's firmware chooses it by, without suffix; None where the description does not say it."""

    @property
    def place(self) -> str:
        """Where its files lie below the boot partition, without a slash at either end."""
        return f"dtb/{self.directory}" if self.directory else "dtb"


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is delivered of one description."""

    board: str
    overlay: str
    """The description's own, as a file's name without ending."""
    entries: tuple[Entry, ...]
    el2: str = ""
    """The suffix of compatibles with the overlay."""
    gunyah: str | None = None
    """That without it; None where the bases are not delivered alone."""
    arguments: str = ""
    """The kernel's command line."""
    load: int | None = None
    """Where U-Boot puts the base of a FIT; None where that is not known."""

    @property
    def values(self) -> dict[str, Any]:
        """What every template sees."""
        return {"plan": self, "entries": self.entries, "kernel": KERNEL, "initrd": INITRD}

    def choices(self, entry: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The compatibles of an entry, each with its stack; none where it has no compatible."""
        if entry.compatible is None:
            return ()
        with_el2 = (suffixed(entry.compatible, self.el2), (entry.base, *entry.overlays))
        if self.gunyah is None:
            return (with_el2,)
        rest = tuple(overlay for overlay in entry.overlays if overlay != self.overlay)
        return (with_el2, (suffixed(entry.compatible, self.gunyah), (entry.base, *rest)))


def suffixed(compatible: str, suffix: str) -> str:
    """`qcom,qcs9075-iot-el2gh`."""
    return f"{compatible}-{suffix}" if suffix else compatible
