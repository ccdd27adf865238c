"""Entries without a value: they remove what is inherited, and nothing where nothing is."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from dtgen.description.yaml import Document
from dtgen.diagnostics import Location
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class VainRemoval:
    """An entry without a value below a section, where what is extended has no such entry."""

    keys: tuple[str, ...]
    near: str | None
    """The inherited entry of the same section with a name like it."""
    location: Location

    @property
    def is_switch(self) -> bool:
        """Whether the entry says something by being there, with nothing in it."""
        return self.keys[0] in ("disable", "enable") and len(self.keys) == 2


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
        elif value is None and above and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            yield VainRemoval(keys, near[0] if near else None, own.location(keys))
