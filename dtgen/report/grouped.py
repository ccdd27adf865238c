"""Of many diagnostics those that a person is to see: what says the same is shown a few times, and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dtgen.diagnostics import Diagnostic, Severity
from dtgen.report.message import message
from dtgen.report.style import Style

MAX_ALIKE = 3
"""Of what has one cause, and of names that are listed unasked."""
_MAX_NAMED = 8
"""Bases that are named where not all are meant."""
NOWHERE: Mapping[tuple[object, ...], Sequence[str]] = {}
"""No bases that findings are on."""


def shown(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[Diagnostic]:
    """Without those that follow from others; info and what is allowed where more is asked for."""
    verbose = style.verbosity > 0
    for diagnostic in diagnostics:
        minor = diagnostic.severity is Severity.INFO or diagnostic.allowed
        if (not diagnostic.follows or (style.everything and verbose)) and (not minor or verbose):
            yield diagnostic


def grouped(
    found: Iterable[Diagnostic],
    style: Style,
    on: Mapping[tuple[object, ...], Sequence[str]] = NOWHERE,
    mark: str = "",
) -> Iterator[str]:
    """Of many with one cause, or that say one thing of many nodes: the first few, and how many more."""
    diagnostics = tuple(found)
    alike = Counter(map(_kind, diagnostics))
    seen: Counter[object] = Counter()
    for diagnostic in diagnostics:
        kind = _kind(diagnostic)
        seen[kind] += 1
        more = alike[kind] - MAX_ALIKE
        if kind is None or more <= 1 or style.verbosity > 0 or seen[kind] <= MAX_ALIKE:
            yield from message(diagnostic, style, mark, on.get(diagnostic.sort_key, ()))
        elif seen[kind] == alike[kind]:
            places = ", ".join(f"{place.subject} ({place.location})" for place in diagnostic.also)
            of = f"that come from {places}" if places else f"of {diagnostic.rule}"
            yield f"  … and {more} more {of}{mark}; -v shows them"


def pre_existing(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    mark = f" {style.paint('(pre-existing)', 'dim')}"
    yield from grouped(shown(diagnostics, style), style, mark=mark)


def _kind(diagnostic: Diagnostic) -> object:
    """What it has in common with others; None for what stands for itself."""
    if diagnostic.also:
        return diagnostic.also
    # of dtc and of a binding
    return (diagnostic.rule, diagnostic.message) if re.search(r"[:/]", diagnostic.rule) else None


def found_on(
    found: Iterable[tuple[str, Iterable[Diagnostic]]],
) -> dict[tuple[object, ...], list[str]]:
    """The key of each diagnostic, to the bases that it is found on."""
    on: dict[tuple[object, ...], list[str]] = {}
    for base, diagnostics in found:
        for key in {diagnostic.sort_key for diagnostic in diagnostics}:
            on.setdefault(key, []).append(base)
    return on


def bases(on: Sequence[str], all_: Sequence[str], style: Style) -> Sequence[str]:
    """Some of the bases, by name, or how many."""
    if len(on) == len(all_):
        return (f"all {len(on)} bases",)
    if len(on) <= _MAX_NAMED or style.verbosity > 0:
        return on
    return (*on[:_MAX_NAMED], f"{len(on) - _MAX_NAMED} more")
