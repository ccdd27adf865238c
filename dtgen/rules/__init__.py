"""The table of rules. A rule is a module here: its docstring is its documentation, `check()` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Finding, Severity
from dtgen.rules import malformed_specifier, stream_width


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of the merged tree. `severity` is what it has unless a project says otherwise."""

    id: str
    severity: Severity
    check: Callable[[Merged], Iterator[Finding]]
    documentation: str


def _rule(module: ModuleType, severity: Severity) -> Rule:
    return Rule(module.ID, severity, module.check, module.__doc__ or "")


RULES: tuple[Rule, ...] = (
    _rule(malformed_specifier, Severity.ERROR),
    _rule(stream_width, Severity.ERROR),
)


IDS = frozenset(rule.id for rule in RULES)


def run(merged: Merged) -> Iterator[tuple[Rule, Finding]]:
    """Every finding of every rule."""
    for rule in RULES:
        for finding in rule.check(merged):
            yield rule, finding
