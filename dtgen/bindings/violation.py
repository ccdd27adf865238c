"""What a binding says of a node."""

from __future__ import annotations

from dataclasses import field

from dtgen.diagnostics import Clause, Subject
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a binding forbids."""

    subject: Subject
    clause: Clause
    item: str
    """The property or child that is missing or not known, where the clause is about one; else empty."""
    message: str
    help: str
    original: str
    """dtschema's message."""
    innocent: bool
    """Whether `item` is accused only because something else in the node is wrong, as far as one can tell."""
    weight: int = field(default=0, compare=False)
    """Of several about one property, the heaviest tells the cause."""

    @property
    def key(self) -> tuple[Clause, str]:
        """Two trees' violations are the same when these are; the message embeds the node's content."""
        return (self.clause, self.item)
