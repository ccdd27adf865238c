"""What a description removes is the cause of what is then found in the base: the line to edit is its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from dtgen.description.board import Board
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.results import Assessment


def blamed(assessment: Assessment, board: Board, symbols: Mapping[str, str]) -> Assessment:
    """The assessment with one finding at each removal that led to any: the worst, which the others follow.

    `symbols`: label to path, of the merged tree.
    """
    introduced = list(assessment.introduced)
    for removal in board.removals:
        paths = {symbols[label] for label in removal.labels if label in symbols}
        concerned = [n for n, found in enumerate(introduced) if _is_left_to_base(found, paths)]
        removes = f"without a value, {removal.name} removes what {board.lineage[1]} has"
        help = f"{removes}: leave the line out to keep it"
        for rank, n in enumerate(sorted(concerned, key=lambda n: introduced[n].severity.rank)):
            introduced[n] = dataclasses.replace(
                introduced[n], location=removal.location, help=help, follows=rank > 0 or introduced[n].follows
            )
    return dataclasses.replace(assessment, introduced=tuple(introduced))


def _is_left_to_base(diagnostic: Diagnostic, paths: set[str]) -> bool:
    """Whether it is of a node of these that no overlay writes, and worth a line of its own."""
    at = diagnostic.at
    quiet = diagnostic.severity is Severity.INFO or diagnostic.allowed or diagnostic.follows
    return at is not None and not quiet and at.location.line is None and at.subject.path in paths
