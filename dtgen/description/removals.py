"""Entries without a value: they remove what is inherited, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dtgen.description.yaml import Document
from dtgen.diagnostics import Location
from dtgen.records import dataclass
from dtgen.words import near_names


@dataclass(frozen=True, slots=True)
class VainRemoval:
    """An entry without a value, where what is extended has no such entry."""

    keys: tuple[str, ...]
    near: str | None
    """The inherited entry of the same section with a name like it."""
    location: Location

    @property
    def is_switch(self) -> bool:
        """Whether the entry says something by being there, with nothing in it."""
        return self.keys[0] in ("disable", "enable") and len(self.keys) == 2


@dataclass(frozen=True, slots=True)
class Removal:
    """An entry without a value, and the labels of which it removes what is inherited."""

    name: str
    labels: tuple[str, ...]
    location: Location


_OF_LABELS = ("streams", "disable", "enable", "pcie", "firmware_children")
"""Sections whose entries are nodes by label."""


def removed(own: Document, inherited: Any) -> Iterator[Removal]:
    """As `vain()`: what is taken away from a section, or all of it."""
    for section in _OF_LABELS:
        known, value = inherited.get(section, {}), own.data.get(section, {})
        if value is None and known:
            yield Removal(section, tuple(known), own.location((section,)))
        for label in known if value else ():
            if label in value and value[label] is None:
                yield Removal(label, (label,), own.location((section, label)))


def vain(own: Document, inherited: Any) -> Iterator[VainRemoval]:
    """`own`: the description as it was read; `inherited`: the data of what it extends, merged."""
    yield from _below(own, own.data, inherited, ())


def _below(
    own: Document, data: dict[str, Any], inherited: Any, above: tuple[str, ...]
) -> Iterator[VainRemoval]:
    known = inherited if isinstance(inherited, dict) else {}
    for name, value in data.items():
        keys = (*above, name)
        if isinstance(value, dict):
            yield from _below(own, value, known.get(name), keys)
        elif value is None and name not in known:
            yield VainRemoval(keys, _near(name, known) if above else None, own.location(keys))


def _near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is like it; what they begin with in common, as `remoteproc_`, makes none alike."""

    def is_like(other: str) -> bool:
        words, others = name.split("_"), other.split("_")
        start = next((n for n, pair in enumerate(zip(words, others, strict=False)) if len({*pair}) == 2), 0)
        return bool(near_names("_".join(words[start:]), ["_".join(others[start:])]))

    near = near_names(name, filter(is_like, known))
    return near[0] if near else None
