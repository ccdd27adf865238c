"""The report for people: `file:line: severity: message [rule]`, as editors and compilers have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from dtgen.devicetree.diff import Change, Kind
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.report.style import Style
from dtgen.result import ApplyResult, BaseResult, BuildResult, DiffResult

_SIGNS = {Kind.ADDED: ("+", "green"), Kind.CHANGED: ("~", "yellow"), Kind.REMOVED: ("-", "red")}


def builds(results: Sequence[BuildResult], style: Style) -> str:
    """All builds of a run."""
    return "".join(f"{line}\n" for result in results for line in _build(result, style))


def diagnostics(found: Iterable[Diagnostic], style: Style) -> str:
    """Diagnostics alone."""
    return "".join(f"{line}\n" for diagnostic in found for line in _diagnostic(diagnostic, style))


def application(result: ApplyResult, style: Style) -> str:
    """What `dtgen apply` did."""
    return "".join(f"{line}\n" for line in _application(result, style))


def _application(result: ApplyResult, style: Style) -> Iterator[str]:
    for diagnostic in result.diagnostics:
        yield from _diagnostic(diagnostic, style)
    if style.verbosity < 0:
        return
    stack = " + ".join((result.base, *result.overlays))
    if result.output is None:
        yield f"{style.paint(stack, 'bold')}: {style.paint('not applied', 'red')}, nothing written"
        return
    count = _count(len(result.changes), "change")
    yield f"{style.paint(stack, 'bold')}: {style.paint('applied', 'green')}, {count}"
    yield from _changes(result.changes, style)
    for note in result.notes:
        yield f"{style.paint('note', 'bold')}: {note}"
    yield f"wrote {result.output}"


def difference(result: DiffResult, style: Style) -> str:
    """What `dtgen diff` found; nothing for equal trees."""
    lines = [line for diagnostic in result.diagnostics for line in _diagnostic(diagnostic, style)]
    if result.changes and style.verbosity >= 0:
        lines += [f"--- {result.old}", f"+++ {result.new}"]
    lines += _changes(result.changes, style)
    return "".join(f"{line}\n" for line in lines)


def _build(result: BuildResult, style: Style) -> Iterator[str]:
    quiet = style.verbosity < 0
    if not quiet:
        title = f"{result.board}: {result.title}" if result.title else result.board
        yield style.paint(title, "bold")
        for file in result.outputs:
            yield f"  wrote {file}"
    for diagnostic in result.diagnostics:
        yield from _diagnostic(diagnostic, style)
    told: set[tuple[object, ...]] = set()
    previous: BaseResult | None = None
    for base in result.bases:
        if not quiet:
            yield ""
            yield from _base(base, previous, style)
            previous = base
        # the same entry of a description is wrong for every base: say it once
        for diagnostic in base.introduced:
            if diagnostic.sort_key not in told:
                told.add(diagnostic.sort_key)
                yield from _diagnostic(diagnostic, style)
    if not quiet:
        yield ""
        yield from _undocumented(result, style)
        for note in result.notes:
            yield f"{style.paint('note', 'bold')}: {note}"
        yield _summary(result, style)


def _base(base: BaseResult, previous: BaseResult | None, style: Style) -> Iterator[str]:
    name = style.paint(base.file, "bold")
    if not base.applied:
        yield f"{name}: {style.paint('not applied', 'red')}, nothing written"
        yield from (f"  {style.paint('note', 'bold')}: {note}" for note in base.notes)
        return
    yield (
        f"{name}: {style.paint('applied', 'green')}, {_count(len(base.changes), 'change')}, "
        f"{_findings(base)} ({base.seconds:.2f} s)"
    )
    if previous and base.changes == previous.changes:
        yield f"  the same changes as in {previous.file}"
    else:
        yield from _changes(base.changes, style)
    for note in base.notes:
        yield f"  {style.paint('note', 'bold')}: {note}"
    yield f"  wrote {base.output}"


def _findings(base: BaseResult) -> str:
    counts = [
        (sum(diagnostic.severity is severity for diagnostic in base.introduced), severity.value)
        for severity in Severity
    ]
    parts = [_count(count, word) for count, word in counts if count] or ["no findings"]
    if base.fixed:
        parts.append(f"{base.fixed} fixed")
    if base.pre_existing:
        parts.append(f"{base.pre_existing} of the base's own in the nodes that changed")
    return ", ".join(parts)


def _changes(changes: Iterable[Change], style: Style) -> Iterator[str]:
    for path, of_node in groupby(changes, key=lambda change: change.path):
        yield from _node(path, list(of_node), style)


def _node(path: str, changes: Sequence[Change], style: Style) -> Iterator[str]:
    name = changes[0].name
    yield f"  {style.paint(name, 'cyan')}" + (f"  {style.paint(path, 'dim')}" if name != path else "")
    for change in changes:
        sign, color = _SIGNS[change.kind]
        if change.property is None:
            text = "this node"
        elif change.kind is Kind.CHANGED:
            text = f"{change.property} = {change.old} → {change.new}"
        else:
            value = change.new if change.kind is Kind.ADDED else change.old
            text = f"{change.property} = {value}" if value else change.property
        yield f"    {style.paint(f'{sign} {text}', color)}"


def _diagnostic(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    yield (
        f"{style.paint(str(diagnostic.location), 'bold')}: {style.severity(diagnostic.severity)}: "
        f"{diagnostic.message} {style.paint(f'[{diagnostic.rule}]', 'dim')}"
    )
    if diagnostic.at:
        where = f"   ({diagnostic.at.location})" if diagnostic.at.location != diagnostic.location else ""
        yield f"    {diagnostic.at.subject}{where}"
    for place in diagnostic.also:
        yield f"    also {place.subject}   ({place.location})"
    if diagnostic.excerpt:
        yield f"    {diagnostic.excerpt}"
    if diagnostic.original and style.verbosity > 0:
        yield f"    dtschema: {diagnostic.original}"
    if diagnostic.help:
        yield f"    {style.paint('help', 'green')}: {diagnostic.help}"


def _undocumented(result: BuildResult, style: Style) -> Iterator[str]:
    names = sorted({name for base in result.bases for name in base.undocumented})
    if names:
        more = "" if style.verbosity > 0 else " (-v lists them)"
        count = _count(len(names), "compatible")
        yield f"{style.severity(Severity.INFO)}: {count} without a schema in {result.bindings}{more}"
        if style.verbosity > 0:
            yield from (f"    {name}" for name in names)


def _summary(result: BuildResult, style: Style) -> str:
    applied = sum(base.applied for base in result.bases)
    validated = (
        f"applied to {applied} of {_count(len(result.bases), 'base')}" if result.bases else "not built"
    )
    against = f", validated against {result.bindings}" if applied else ""
    verdict = (
        style.paint(_count(result.errors, "error"), "red")
        if result.errors
        else style.paint("no errors", "green")
    )
    return f"{result.board}: {validated}{against}: {verdict}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
