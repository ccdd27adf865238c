"""What the descriptions of a SoC have where a stream is wrong, with the source: no number is invented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from dtgen import rules
from dtgen.description import dts, provenance
from dtgen.description.board import Board
from dtgen.description.values import PropertySource
from dtgen.diagnostics import Diagnostic, Subject
from dtgen.hardware.naming import WIRED
from dtgen.results import Assessment

_MOST = 2
"""Values that are named."""


def helped(
    assessment: Assessment, symbols: Mapping[str, str], boards: Callable[[], Iterable[Board]]
) -> Assessment:
    """The assessment, with what descriptions have where the stream of a node is wrong or missing.

    `symbols`: label to path, of the merged tree. `boards`: those of the same SoC; asked where one is needed.
    """
    if not any(map(_is_about_a_stream, assessment.introduced)):
        return assessment
    known: dict[Subject, dict[str, PropertySource]] = {}
    for board in boards():
        for target, prop in provenance.streams(board):
            node, *below = target.split("/") if not target.startswith("/") else (target,)
            path = "/".join((symbols.get(node, node), *below))
            known.setdefault(Subject(path, prop.name), {}).setdefault(_value(prop), prop)
    introduced = tuple(_with_help(diagnostic, known) for diagnostic in assessment.introduced)
    return replace(assessment, introduced=introduced)


def _is_about_a_stream(diagnostic: Diagnostic) -> bool:
    return diagnostic.rule in rules.ALL and rules.ALL[diagnostic.rule].about_streams


def _with_help(diagnostic: Diagnostic, known: Mapping[Subject, Mapping[str, PropertySource]]) -> Diagnostic:
    if not diagnostic.at or not _is_about_a_stream(diagnostic):
        return diagnostic
    subject = diagnostic.at.subject
    values = known.get(subject if subject.property else Subject(subject.path, "iommus"), {})
    said = ", ".join(islice(_others(values, diagnostic), _MOST))
    if not said:
        return diagnostic
    help = diagnostic.help.replace(WIRED, said) if WIRED in diagnostic.help else f"{diagnostic.help}; {said}"
    return replace(diagnostic, help=help)


def _others(values: Mapping[str, PropertySource], diagnostic: Diagnostic) -> Iterator[str]:
    """What the description that is wrong has is no advice."""
    wrong = diagnostic.location.file, diagnostic.location.line
    for prop in values.values():
        if (prop.location.file, prop.location.line) != wrong:
            yield _said(prop)


def _value(prop: PropertySource) -> str:
    return ", ".join(dts.value_parts(prop.value))


def _said(prop: PropertySource) -> str:
    """By the description that it stands in: those that extend that one have it, too."""
    where = prop.location
    return f"{Path(where.file).stem} has {_value(prop)} here: {where.file}:{where.line}"
