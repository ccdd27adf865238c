"""What is new in a tree, what is mended, and what was there before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import filterfalse

from dtgen.checks.findings import Observation
from dtgen.diagnostics import Clause, Subject
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """The observations of two trees, each once."""

    introduced: tuple[Observation, ...]
    fixed: tuple[Observation, ...]
    pre_existing: tuple[Observation, ...]
    """As they are in the later tree."""


def compare(
    before: Iterable[Observation], after: Iterable[Observation], written: frozenset[Subject] = frozenset()
) -> Comparison:
    """Match by key; of several with one key, those of one text first.

    `written`: places that an overlay has changed; what is wrong there is its own, whatever was there.
    """
    known: dict[tuple[object, ...], list[Observation]] = defaultdict(list)
    accused: set[Clause] = set()
    for observation in before:
        known[observation.key].append(observation)
        if observation.violation:
            accused.add(observation.violation.clause)
    introduced: list[Observation] = []
    pre_existing: list[Observation] = []
    unmatched: list[Observation] = []
    for observation in after:
        earlier = known[observation.key]
        same = next((e for e in earlier if e.finding.message == observation.finding.message), None)
        if same is None:
            unmatched.append(observation)
        else:
            earlier.remove(same)
            pre_existing.append(observation)
    for observation in unmatched:
        earlier = known[observation.key]
        was_there = earlier or _is_accused_with_others(observation, accused)
        (pre_existing if was_there else introduced).append(observation)
        del earlier[:1]

    def is_own(observation: Observation) -> bool:
        return observation.finding.subject in written and not _is_innocent(observation)

    return Comparison(
        (*introduced, *filter(is_own, pre_existing)),
        tuple(observation for earlier in known.values() for observation in earlier),
        tuple(filterfalse(is_own, pre_existing)),
    )


def _is_innocent(observation: Observation) -> bool:
    return observation.violation is not None and observation.violation.innocent


def _is_accused_with_others(observation: Observation, accused: set[Clause]) -> bool:
    """Whether an old error now names one property more, which did nothing but come into its reach."""
    violation = observation.violation
    return violation is not None and violation.innocent and violation.clause in accused
