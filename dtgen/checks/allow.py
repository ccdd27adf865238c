"""What a description allows: findings that somebody has looked at, with the reason why they may stay."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping

from dtgen import rules
from dtgen.checks.findings import DTC
from dtgen.description import schema
from dtgen.description.board import Allowance, Board
from dtgen.diagnostics import Diagnostic
from dtgen.errors import error
from dtgen.results import Assessment


def allowed(
    assessment: Assessment, board: Board, symbols: Mapping[str, str]
) -> tuple[Assessment, set[Allowance]]:
    """The assessment with its introduced findings marked, and the entries that marked any.

    `symbols`: label to path, of the merged tree.
    """
    used: set[Allowance] = set()

    def judged(diagnostic: Diagnostic) -> Diagnostic:
        for entry in board.allow:
            if _is_meant(entry, diagnostic, symbols):
                used.add(entry)
                return dataclasses.replace(diagnostic, allowed=entry.why)
        return diagnostic

    introduced = tuple(map(judged, assessment.introduced))
    return dataclasses.replace(assessment, introduced=introduced), used


def _is_meant(entry: Allowance, diagnostic: Diagnostic, symbols: Mapping[str, str]) -> bool:
    path = diagnostic.at.subject.path if diagnostic.at else None
    return entry.rule == diagnostic.rule and path == symbols.get(entry.at, entry.at)


def unknown(board: Board) -> Iterator[Diagnostic]:
    """The entries for what is no rule, no binding and no check of dtc's, or cannot be allowed."""
    known = rules.IDS
    for entry in board.allow:
        if entry.rule in known or entry.rule.endswith(".yaml") or entry.rule.startswith(DTC):
            continue
        if entry.rule in rules.ALL:
            stage = next(s for s in rules.STAGES if any(rule.id == entry.rule for rule in s.rules))
            message, help = f"{entry.rule} cannot be allowed: it is checked {stage.when}", ""
        else:
            near = difflib.get_close_matches(entry.rule, known, 1)
            message = f"there is no rule {entry.rule}"
            help = f"did you mean {near[0]}?" if near else "`dtgen rules` lists those that there are"
        yield error(schema.RULE, message, entry.location, help)
