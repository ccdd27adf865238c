"""What is wrong, what it is about, and where a person edits it. Data only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import Enum

from dtgen.records import dataclass


class Severity(Enum):
    """How bad a diagnostic is. Only errors make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting puts errors first."""
        return _RANKS[self.value]


_RANKS = {severity.value: rank for rank, severity in enumerate(Severity)}


class State(Enum):
    """Of a diagnostic of a tree that is compared with its base. Only introduced ones make the exit code 1."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    PRE_EXISTING = "pre-existing"


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
class Clause:
    """What a binding was violated in, in the words of `dt-validate --json-output`."""

    schema: str
    """The binding's file below `bindings/`."""
    node: str
    """The path of the node that was checked; what is wrong may be in a node below it."""
    property_path: tuple[str | int, ...]
    """From that node down to the value."""
    keyword: str
    """Of JSON Schema: `maxItems`, `required`, …"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule or a binding has to say, before anyone knows the severity or whose line is to blame."""

    subject: Subject
    """Of a tree or an overlay; the root where no node is meant."""
    message: str
    help: str = ""
    also: tuple[Subject, ...] = ()
    location: Location | None = None
    """Where it stands, if the one who found it has read a text; None where that is to be looked up."""
    places: tuple[Place, ...] = ()
    """What else it is about, of which the same is known."""
    excerpt: str = ""
    entry: int | None = field(default=None, compare=False)
    """Which entry of the property it is about, from 1; None for all of it."""
    word: str = field(default="", compare=False)
    """What of the property it is about, as a source has it; empty for all of it."""

    @classmethod
    def at(
        cls, location: Location, message: str, help: str = "", *places: Place, excerpt: str = ""
    ) -> Finding:
        """Of a text, rather than a tree."""
        return cls(Subject("/"), message, help, (), location, places, excerpt)


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
    clause: Clause | None = None
    """Where a binding says so."""
    follows: bool = False
    """Whether another diagnostic of the same tree names the cause; reports for people leave it out."""
    allowed: str = ""
    """Why it may stay, where the description says so; then it counts for nothing."""

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str, str]:
        """By file and line, then the worst first, then by node."""
        where, about = self.location, str(self.at.subject) if self.at else ""
        place = (where.file, where.line or 0, where.column or 0)
        return (*place, self.severity.rank, about, self.rule, self.message)


def once(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By line; what is wrong on several bases is one mistake to the person who edits it."""
    unique = {diagnostic.sort_key: diagnostic for diagnostic in diagnostics}
    return tuple(unique[key] for key in sorted(unique))


def errors(diagnostics: tuple[Diagnostic, ...]) -> int:
    """How many of them are errors with a cause of their own that nobody has allowed."""
    return sum(d.severity is Severity.ERROR and not d.follows and not d.allowed for d in diagnostics)
