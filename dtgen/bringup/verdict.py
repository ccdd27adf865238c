"""What a cause says of a log: how sure it is, what shows it, and what to change."""

from __future__ import annotations

from enum import Enum, IntEnum

from dtgen.bringup.message import Event
from dtgen.diagnostics import Location, Subject
from dtgen.records import dataclass


class Confidence(Enum):
    """How sure a verdict is. The words are fixed."""

    CERTAIN = "certain"
    """The message is unambiguous, the tree explains it, and the level is known where it matters."""
    LIKELY = "likely"
    """One of these is missing, and nothing speaks for another explanation."""
    POSSIBLE = "possible"
    """The message has several causes: all are listed, with what would tell them apart."""
    NOT_THE_TREE = "not the tree"
    """The message shows that the tree did its part."""
    UNKNOWN = "unknown"
    """What was seen, and what is missing."""
    INFO = "info"
    """Nothing to mend: what is often taken for a cause, and is none."""

    @property
    def is_cause(self) -> bool:
        return self is not Confidence.INFO

    @property
    def fails(self) -> bool:
        """Whether the exit code is 1 for it."""
        return self in (Confidence.CERTAIN, Confidence.LIKELY)


class Stage(IntEnum):
    """Where in a boot a cause strikes: an earlier one explains what a later one sees."""

    LOADER = 1
    TREE = 2
    LEVEL = 3
    ABORT = 4
    SMMU = 5
    START = 6
    FAULT = 7
    CONSUMER = 8
    NOTE = 9


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to write, and where."""

    text: str
    location: Location | None = None
    """The line of the description; None where there is none, or where nothing is to be written."""

    def __str__(self) -> str:
        return f"{self.location}: {self.text}" if self.location else self.text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one cause says."""

    confidence: Confidence
    summary: str
    shows: tuple[Event, ...]
    """The lines of the log that show it, the first one first."""
    remarks: tuple[str, ...] = ()
    """What the log says besides, in words."""
    tree: tuple[str, ...] = ()
    """What the tree says to it."""
    change: Remedy | None = None
    verify: str = ""
    """How to see on the board that it is mended."""
    follows: tuple[Event, ...] = ()
    """What it explains: consequences, which are no causes of their own."""
    rivals: tuple[str, ...] = ()
    """Other explanations, each with what would tell."""
    innocent: tuple[Event, ...] = ()
    """Lines that are often blamed for it."""
    harmless: bool = False
    """Whether nothing fails of it: it is shown after what does."""
    rule: str = ""
    """The rule of dtgen that finds the same in the tree."""
    subject: Subject | None = None
    """The place of the tree that it is about."""
