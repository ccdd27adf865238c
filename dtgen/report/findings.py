"""What a run found, each finding once: what formats have in common that are lists of findings.

An entry that is wrong on every base is one finding to the person who edits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dtgen.diagnostics import Diagnostic, State
from dtgen.records import dataclass
from dtgen.report.style import Style
from dtgen.results import ApplyResult, Assessment, BuildResult, CheckResult, ValidationResult


@dataclass(frozen=True, slots=True)
class Reported:
    """A diagnostic with its state."""

    state: State
    diagnostic: Diagnostic


def of_builds(results: Sequence[BuildResult], style: Style) -> list[Reported]:
    """Sorted."""
    return _once(
        style,
        (diagnostic for result in results for diagnostic in result.diagnostics),
        (base.assessment for result in results for base in result.bases),
    )


def of_validation(result: ValidationResult, style: Style) -> list[Reported]:
    return _once(style, result.diagnostics, (tree.assessment for tree in result.trees))


def of_application(result: ApplyResult, style: Style) -> list[Reported]:
    return _once(style, result.diagnostics, ())


def of_check(result: CheckResult, style: Style) -> list[Reported]:
    return _once(
        style,
        (*result.diagnostics, *(d for file in result.files for d in file.diagnostics)),
        (tree.assessment for file in result.files for tree in file.trees),
    )


def _once(style: Style, own: Iterable[Diagnostic], assessments: Iterable[Assessment]) -> list[Reported]:
    """Fixed and pre-existing ones where all is asked for; never what follows from another one."""
    unique = {
        (found.state.value, found.diagnostic.sort_key): found
        for found in _all(own, assessments)
        if not found.diagnostic.follows and (style.everything or found.state is State.INTRODUCED)
    }
    return sorted(unique.values(), key=lambda found: (found.diagnostic.sort_key, found.state.value))


def _all(own: Iterable[Diagnostic], assessments: Iterable[Assessment]) -> Iterator[Reported]:
    yield from (Reported(State.INTRODUCED, diagnostic) for diagnostic in own)
    for assessment in assessments:
        yield from (Reported(*pair) for pair in assessment.by_state())
