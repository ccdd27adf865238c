"""Which causes a boot shows, the root first, and what follows from them."""

from __future__ import annotations

from dataclasses import replace

from dtgen.bringup.case import Case
from dtgen.bringup.causes import CAUSES, Cause
from dtgen.bringup.change import Edits
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Stage, Verdict
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class FoundCause:
    """A cause and what it says."""

    cause: Cause
    verdict: Verdict

    @property
    def id(self) -> str:
        """What `dtgen explain` tells of it: the rule that finds the same in the tree, or the cause."""
        return self.verdict.rule or self.cause.id


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a boot shows: the root first."""

    causes: tuple[FoundCause, ...]
    notes: tuple[FoundCause, ...]
    """What is no cause, and is often taken for one."""

    @property
    def every(self) -> tuple[FoundCause, ...]:
        return (*self.causes, *self.notes)

    @property
    def first(self) -> FoundCause | None:
        return next(iter(self.every), None)

    @property
    def fails(self) -> bool:
        """Whether one is certain or likely."""
        return any(found.verdict.confidence.fails for found in self.causes)


def diagnose(case: Case) -> Diagnosis:
    """Ask every cause; an event is explained once, by the earliest stage that explains it."""
    explained: set[tuple[int, str]] = set()
    causes: list[FoundCause] = []
    notes: list[FoundCause] = []
    for cause in CAUSES:
        for verdict in cause.check(case):
            if verdict.shows and _key(verdict.shows[0]) in explained and cause.stage is not Stage.NOTE:
                continue
            if _is_minor(cause, causes):
                continue
            explained.update(map(_key, (*verdict.shows, *verdict.follows)))
            if cause.stage is Stage.TREE:  # what it says of later messages would mislead
                case = replace(case, tree=None, edits=Edits())
            (causes if verdict.confidence.is_cause else notes).append(
                FoundCause(cause, _capped(case, verdict))
            )
    return Diagnosis(tuple(sorted(causes, key=_rank)), tuple(notes))


def _key(event: Event) -> tuple[int, str]:
    return event.line, event.id


def _rank(found: FoundCause) -> tuple[bool, int, bool, int]:
    """By stage, then by the line that shows it first; what is harmless comes last."""
    verdict = found.verdict
    first = verdict.shows[0]
    return verdict.harmless, found.cause.stage, bool(first.file), first.line


def _is_minor(cause: Cause, causes: list[FoundCause]) -> bool:
    """Whether it says nothing beside what was found: what waits beside what fails, the level beside both."""
    return bool(causes) and cause.id in ("deferred-supplier", "level-el1")


def _capped(case: Case, verdict: Verdict) -> Verdict:
    """Nothing is certain of a tree that nobody says ran."""
    names_only = case.tree is not None and not case.tree.exact
    if names_only and verdict.confidence is Confidence.CERTAIN and verdict.tree:
        return replace(verdict, confidence=Confidence.LIKELY)
    return verdict
