"""What is wrong, what it is about, and where a person edits it. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad a diagnostic is. Only errors make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting puts errors first."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: a node of a tree, or one of its properties."""

    path: str
    property: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.property}" if self.property else self.path


@dataclass(frozen=True, slots=True)
class Location:
    """Where a person edits: lines and columns count from 1, None where not known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """A subject and the file that holds it."""

    subject: Subject
    location: Location


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule or a binding has to say, before anyone knows the files or the severity."""

    subject: Subject
    message: str
    help: str = ""
    also: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding with its rule, its severity and the places to look at."""

    rule: str
    severity: Severity
    message: str
    location: Location
    at: Place | None = None
    """What it is about and the generated file that holds it, where that is not `location` itself."""
    also: tuple[Place, ...] = ()
    excerpt: str = ""
    """The line of the generated file that a tool complained of."""
    help: str = ""
    original: str = ""
    """The message of the tool that found it, where `message` is our wording."""

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        """By file and line, then the worst first."""
        where = self.location
        return (
            where.file, where.line or 0, where.column or 0, self.severity.rank, self.rule, self.message,
        )  # fmt: skip


def errors(diagnostics: tuple[Diagnostic, ...]) -> int:
    """How many of them are errors."""
    return sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
