"""What is found, before it is placed: the one runner of rules, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from dtgen.bindings.violation import Violation
from dtgen.diagnostics import Finding, Severity
from dtgen.records import dataclass
from dtgen.rules import Stage

S = TypeVar("S")

Severities = Mapping[str, Severity | None]
"""Of rules that have another one in a project; None where they are off."""

USUAL: Severities = {}

DTC = "dtc:"
"""What the names of dtc's checks come after."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding with its rule and its severity; nobody has said yet which line is to be edited."""

    rule: str
    """A rule's id, a binding's file, or `dtc:` and the name of a check."""
    severity: Severity
    finding: Finding
    violation: Violation | None = None
    """Where a binding says so."""

    @property
    def key(self) -> tuple[object, ...]:
        """Of the same defect in two trees; the text is not in it, which tells of numbers that may differ."""
        if self.violation:
            return self.violation.key
        return (self.rule, self.finding.subject, self.finding.also)


def judged(observation: Observation, severities: Severities) -> Observation | None:
    """With the severity that a project gives what others than rules find; None where it is off."""
    severity = severities.get(observation.rule, observation.severity)
    return replace(observation, severity=severity) if severity else None


def run(stage: Stage[S], looked_at: S, severities: Severities = USUAL) -> Iterator[Observation]:
    """What the rules of a stage find, those left out that are off."""
    for rule in stage.rules:
        severity = severities.get(rule.id, rule.severity)
        if severity:
            for finding in rule.check(looked_at):
                yield Observation(rule.id, severity, finding)
