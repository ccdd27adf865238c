"""Annotations of GitHub's workflows: `::error file=…,line=…,col=…,title=…::message`, one a line.

GitHub shows ten errors and ten warnings of a step; what is allowed or was there before is left out.
Source: "Workflow commands for GitHub Actions", and `toCommandValue` in @actions/core for the escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dtgen.diagnostics import Diagnostic, Severity, State
from dtgen.report import findings
from dtgen.report.findings import Reported
from dtgen.report.style import Style
from dtgen.results import ApplyResult, BuildResult, CheckResult, DeliverResult, ValidationResult

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def builds(results: Sequence[BuildResult], style: Style) -> str:
    """All builds of a run."""
    return _annotations(findings.of_builds(results, style))


def application(result: ApplyResult, style: Style) -> str:
    """What `dtgen apply` did."""
    return _annotations(findings.of_application(result, style))


def validation(result: ValidationResult, style: Style) -> str:
    """What `dtgen validate` found."""
    return _annotations(findings.of_validation(result, style))


def checks(result: CheckResult, style: Style) -> str:
    """What `dtgen check` found."""
    return _annotations(findings.of_check(result, style))


def delivery(result: DeliverResult, style: Style) -> str:
    """What `dtgen deliver` found."""
    return _annotations(findings.of_check(result.check, style))


def _annotations(found: Iterable[Reported]) -> str:
    return "".join(
        f"{_annotation(one.diagnostic)}\n"
        for one in found
        if one.state is State.INTRODUCED and not one.diagnostic.allowed
    )


def _annotation(diagnostic: Diagnostic) -> str:
    where = diagnostic.location
    values = {
        "file": where.file,
        "line": where.line,
        "col": where.column,
        "title": f"dtgen: {diagnostic.rule}",
    }
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in values.items() if value)
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    lines = [diagnostic.message]
    if diagnostic.at:
        lines.append(str(diagnostic.at.subject))
    lines += [f"also {place.subject} ({place.location})" for place in diagnostic.also]
    if diagnostic.excerpt:
        lines.append(diagnostic.excerpt)
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
