"""What the descriptions of a SoC have where a stream is wrong, with the source: no number is invented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from dtgen.description import dts, provenance
from dtgen.description.board import Board
from dtgen.description.values import PropertySource
from dtgen.diagnostics import Diagnostic, Subject
from dtgen.hardware.naming import WIRED
from dtgen.results import Assessment
from dtgen.rules import malformed_specifier, pas_without_stream

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
    known: dict[Subject, dict[str, str]] = {}
    for board in boards():
        for target, prop in provenance.streams(board):
            node, *below = target.split("/") if not target.startswith("/") else (target,)
            path = "/".join((symbols.get(node, node), *below))
            known.setdefault(Subject(path, prop.name), {}).setdefault(_value(prop), _said(prop))
    introduced = tuple(_with_help(diagnostic, known) for diagnostic in assessment.introduced)
    return replace(assessment, introduced=introduced)


def _is_about_a_stream(diagnostic: Diagnostic) -> bool:
    return WIRED in diagnostic.help or diagnostic.rule in (malformed_specifier.ID, pas_without_stream.ID)


def _with_help(diagnostic: Diagnostic, known: Mapping[Subject, Mapping[str, str]]) -> Diagnostic:
    if not diagnostic.at or not _is_about_a_stream(diagnostic):
        return diagnostic
    subject = diagnostic.at.subject
    values = known.get(subject if subject.property else Subject(subject.path, "iommus"), {})
    said = ", ".join(list(_others(values, diagnostic))[:_MOST])
    if not said:
        return diagnostic
    help = diagnostic.help.replace(WIRED, said) if WIRED in diagnostic.help else f"{diagnostic.help}; {said}"
    return replace(diagnostic, help=help)


def _others(values: Mapping[str, str], diagnostic: Diagnostic) -> Iterator[str]:
    """What the description that is wrong has is no advice."""
    for said in values.values():
        if not said.endswith(f": {diagnostic.location.file}:{diagnostic.location.line}"):
            yield said


def _value(prop: PropertySource) -> str:
    return ", ".join(dts.value_parts(prop.value))


def _said(prop: PropertySource) -> str:
    """By the description that it stands in: those that extend that one have it, too."""
    where = prop.location
    return f"{Path(where.file).stem} has {_value(prop)} here: {where.file}:{where.line}"
