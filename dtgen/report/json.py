"""The report for programs. `version` changes when a field changes its meaning or goes away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dtgen.devicetree.diff import Change
from dtgen.diagnostics import Clause, Diagnostic, Location, Place, State
from dtgen.report import summary
from dtgen.report.style import Style
from dtgen.results import (
    ApplyResult,
    Assessment,
    BaseResult,
    BuildResult,
    CheckResult,
    DeliverResult,
    DiffResult,
    FileResult,
    ValidationResult,
)

VERSION = 1


def builds(results: Sequence[BuildResult], style: Style) -> str:
    """All builds of a run; it has no times in it, so that two runs are equal to the byte."""
    del style
    return _dumped({"boards": [_build(result) for result in results]})


def application(result: ApplyResult, style: Style) -> str:
    """What `dtgen apply` did."""
    del style
    return _dumped(
        {
            "base": result.base,
            "overlays": list(result.overlays),
            "output": result.output,
            "errors": result.errors,
            "changes": [_change(change) for change in result.changes],
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
            "notes": list(result.notes),
        }
    )


def validation(result: ValidationResult, style: Style) -> str:
    """What `dtgen validate` found."""
    del style
    return _dumped(
        {
            "bindings": result.bindings,
            "errors": result.errors,
            "notes": list(result.notes),
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
            "trees": [
                {
                    "file": tree.file,
                    "against": tree.against,
                    "validated": tree.validated,
                    **_assessment(tree.assessment),
                    "notes": list(tree.notes),
                }
                for tree in result.trees
            ],
            "summary": {
                "rules": [
                    {"rule": row.name, "errors": row.errors, "warnings": row.warnings, "trees": row.trees}
                    for row in summary.by_rule(result.trees)
                ],
                "files": [
                    {"file": row.name, "errors": row.errors, "warnings": row.warnings}
                    for row in summary.by_file(result.trees)
                ],
            },
        }
    )


def difference(result: DiffResult, style: Style) -> str:
    """What `dtgen diff` found."""
    del style
    return _dumped(
        {
            "old": result.old,
            "new": result.new,
            "changes": [_change(change) for change in result.changes],
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
        }
    )


def checks(result: CheckResult, style: Style) -> str:
    """What `dtgen check` found."""
    del style
    return _dumped(_checked(result))


def delivery(result: DeliverResult, style: Style) -> str:
    """What `dtgen deliver` found, and which files it wrote."""
    del style
    return _dumped({"written": list(result.written), "notes": list(result.notes), **_checked(result.check)})


def _checked(result: CheckResult) -> dict[str, Any]:
    return {
        "errors": result.errors,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
        "files": [_file(file) for file in result.files],
    }


def _file(file: FileResult) -> dict[str, Any]:
    return {
        "file": file.file,
        "kind": file.kind,
        "bindings": file.bindings,
        "notes": list(file.notes),
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in file.diagnostics],
        "trees": [
            {"against": tree.against, "validated": tree.validated, **_assessment(tree.assessment)}
            for tree in file.trees
        ],
    }


def _dumped(document: dict[str, Any]) -> str:
    return json.dumps({"version": VERSION, **document}, indent=2, ensure_ascii=False) + "\n"


def _build(result: BuildResult) -> dict[str, Any]:
    return {
        "board": result.board,
        "title": result.title,
        "outputs": list(result.outputs),
        "bindings": result.bindings,
        "errors": result.errors,
        "notes": list(result.notes),
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
        "bases": [_base(base) for base in result.bases],
    }


def _base(base: BaseResult) -> dict[str, Any]:
    return {
        "name": base.name,
        "file": base.file,
        "applied": base.applied,
        "output": base.output or None,
        "changes": [_change(change) for change in base.changes],
        **_assessment(base.assessment),
        "notes": list(base.notes),
    }


def _assessment(assessment: Assessment) -> dict[str, Any]:
    return {
        "diagnostics": [_diagnostic(diagnostic, state) for state, diagnostic in assessment.by_state()],
        "undocumented_compatibles": list(assessment.undocumented),
        "pas_users": [
            {
                "node": user.path,
                "name": user.name,
                "kind": user.kind.title,
                "fate": user.fate.value,
                "streams": user.streams,
                "why": user.why,
            }
            for user in assessment.pas_users
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "path": change.path,
        "name": change.name,
        "property": change.property,
        "old": change.old,
        "new": change.new,
    }


def _diagnostic(diagnostic: Diagnostic, state: State = State.INTRODUCED) -> dict[str, Any]:
    subject = diagnostic.at.subject if diagnostic.at else None
    clause = diagnostic.clause
    return {
        "state": state.value,
        "rule": None if clause else diagnostic.rule,
        "schema": clause.schema if clause else None,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "location": _location(diagnostic.location),
        "node": subject.path if subject else None,
        "property": subject.property if subject else None,
        "generated": _location(diagnostic.at.location) if diagnostic.at else None,
        "also": [_place(place) for place in diagnostic.also],
        "excerpt": diagnostic.excerpt,
        "original": diagnostic.original,
        "follows": diagnostic.follows,
        "allowed": diagnostic.allowed,
        "clause": _clause(clause) if clause else None,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    """As `dt-validate --json-output` has it."""
    return {
        "schema": clause.schema,
        "node": clause.node,
        "property_path": list(clause.property_path),
        "keyword": clause.keyword,
    }


def _location(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}


def _place(place: Place) -> dict[str, Any]:
    return {
        "node": place.subject.path,
        "property": place.subject.property,
        "location": _location(place.location),
    }
