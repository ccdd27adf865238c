"""What a description or a project allows: findings that somebody has looked at, and why they may stay."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from dtgen import rules
from dtgen.description import schema
from dtgen.description.board import Board
from dtgen.diagnostics import Diagnostic
from dtgen.errors import error
from dtgen.results import Assessment
from dtgen.rules import unused_allow
from dtgen.words import near_names


class Entry(Protocol):
    """What allows findings."""

    @property
    def rule(self) -> str: ...
    @property
    def at(self) -> str:
        """A label or a path; empty: anywhere."""

    @property
    def why(self) -> str: ...


E = TypeVar("E", bound=Entry)
NO_SYMBOLS: Mapping[str, str] = {}


def allowed(
    assessment: Assessment, entries: Sequence[E], symbols: Mapping[str, str] = NO_SYMBOLS
) -> tuple[Assessment, set[E]]:
    """The assessment with its introduced findings marked, and the entries that marked any.

    `symbols`: label to path, of the merged tree.
    """
    introduced, used = marked(assessment.introduced, entries, symbols)
    return dataclasses.replace(assessment, introduced=introduced), used


def marked(
    diagnostics: Iterable[Diagnostic], entries: Sequence[E], symbols: Mapping[str, str] = NO_SYMBOLS
) -> tuple[tuple[Diagnostic, ...], set[E]]:
    """The same for diagnostics."""
    used: set[E] = set()

    def judged(diagnostic: Diagnostic) -> Diagnostic:
        for entry in () if diagnostic.allowed else entries:
            if _is_meant(entry, diagnostic, symbols):
                used.add(entry)
                return dataclasses.replace(diagnostic, allowed=entry.why)
        return diagnostic

    return tuple(map(judged, diagnostics)), used


def _is_meant(entry: Entry, diagnostic: Diagnostic, symbols: Mapping[str, str]) -> bool:
    if entry.rule != diagnostic.rule:
        return False
    if not entry.at:
        return True
    path = symbols.get(entry.at, entry.at)
    where = diagnostic.at and diagnostic.at.subject.path
    if where == path:
        return True
    if where not in (None, "/"):
        return False
    # of a text nothing is known but what is said
    names = {entry.at, path, *(label for label, of in symbols.items() if of == path)}
    said = "|".join(map(re.escape, names))
    return re.search(rf"(?<![\w/@,.+-])(?:{said})(?![\w/@+-]|[.,]\w)", diagnostic.message) is not None


def unknown(board: Board) -> Iterator[Diagnostic]:
    """The entries for what is no rule, no binding and no check of dtc's, or cannot be allowed."""
    known = rules.ADJUSTABLE - {unused_allow.ID}
    for entry in board.allow:
        if entry.rule in known or entry.rule.endswith(".yaml"):
            continue
        if entry.rule in rules.ALL:
            stage = next(s for s in rules.STAGES if any(rule.id == entry.rule for rule in s.rules))
            message, help = f"{entry.rule} cannot be allowed: it is checked {stage.when}", ""
        else:
            near = near_names(entry.rule, known)
            message = f"there is no rule {entry.rule}"
            help = f"did you mean {near[0]}?" if near else "`dtgen rules` lists them"
        yield error(schema.RULE, message, entry.location, help)
