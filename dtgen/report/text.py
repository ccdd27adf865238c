"""The report for people: `file:line: severity: message [rule]`, as editors and compilers have it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.diagnostics import Diagnostic, Severity, once
from dtgen.report import coverage, summary
from dtgen.report.grouped import MAX_ALIKE, NOWHERE, bases, found_on, grouped, pre_existing, shown
from dtgen.report.message import message
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
    TreeResult,
    ValidationResult,
)
from dtgen.words import counted

_STAND_IN = "built-in base (not bootable); --base or --kernel for yours"
_ANOTHER = "built-in base"
_SIGNS = {
    ChangeKind.ADDED: ("+", "green"),
    ChangeKind.CHANGED: ("~", "yellow"),
    ChangeKind.REMOVED: ("-", "red"),
}


def builds(results: Sequence[BuildResult], style: Style) -> str:
    """All builds of a run, and a summary where there are several."""
    first = next((base for result in results for base in result.bases if base.stand_in), None)
    lines = [line for result in results for line in _build(result, first, style)]
    if len(results) > 1 and style.verbosity >= 0:
        lines += ["", *_all(results, style)]
    return "".join(f"{line}\n" for line in lines)


def _all(results: Sequence[BuildResult], style: Style) -> Iterator[str]:
    wrong = [result for result in results if result.errors]
    errors = sum(result.errors for result in wrong)
    yield f"built {len(results) - len(wrong)} of {counted(len(results), 'board')}: {_verdict(errors, style)}"
    for result in wrong:
        yield f"  {style.paint(result.board, 'bold')}: {_verdict(result.errors, style)}"


def diagnostics(found: Iterable[Diagnostic], style: Style) -> str:
    """Diagnostics alone."""
    return "".join(f"{line}\n" for diagnostic in shown(found, style) for line in message(diagnostic, style))


def application(result: ApplyResult, style: Style) -> str:
    """What `dtgen apply` did."""
    return "".join(f"{line}\n" for line in _application(result, style))


def _application(result: ApplyResult, style: Style) -> Iterator[str]:
    for diagnostic in shown(result.diagnostics, style):
        yield from message(diagnostic, style)
    if style.verbosity < 0:
        return
    stack = " + ".join((result.base, *result.overlays))
    if result.output is None:
        yield f"{style.paint(stack, 'bold')}: {style.paint('not applied', 'red')}, nothing written"
        return
    count = counted(len(result.changes), "change")
    yield f"{style.paint(stack, 'bold')}: {style.paint('applied', 'green')}, {count}"
    yield from _changes(result.changes, style)
    for note in result.notes:
        yield f"{style.paint('note', 'bold')}: {note}"
    yield f"wrote {result.output}"


def difference(result: DiffResult, style: Style) -> str:
    """What `dtgen diff` found; nothing for equal trees."""
    lines = [line for found in shown(result.diagnostics, style) for line in message(found, style)]
    if result.changes and style.verbosity >= 0:
        lines += [f"--- {result.old}", f"+++ {result.new}"]
    lines += _changes(result.changes, style)
    return "".join(f"{line}\n" for line in lines)


def _build(result: BuildResult, first: BaseResult | None, style: Style) -> Iterator[str]:
    """`first`: of the run's built-in bases, the one that says what they are."""
    quiet = style.verbosity < 0
    if not quiet:
        title = f"{result.board}: {result.title}" if result.title else result.board
        yield style.paint(title, "bold")
        for file in result.outputs:
            yield f"  wrote {file}"
    for diagnostic in shown(result.diagnostics, style):
        yield from message(diagnostic, style)
    names = [base.name for base in result.bases]
    places = found_on((base.name, base.assessment.introduced) for base in result.bases)
    shared = {key for key, on in places.items() if len(on) > 1}
    several = once(d for base in result.bases for d in base.assessment.introduced if d.sort_key in shared)
    on = {key: bases(places[key], names, style) for key in shared}
    yield from grouped(shown(several, style), style, on)
    refused: list[BaseResult] = []
    for number, base in enumerate(result.bases):
        own = tuple(d for d in base.assessment.introduced if d.sort_key not in shared)
        if not (base.applied or own or base.notes):
            refused.append(base)
            continue
        if not quiet:
            yield ""
            name = (_STAND_IN if base is first else _ANOTHER) if base.stand_in else base.file
            yield from _base(base, name, result.bases[:number], style)
        yield from _assessment(dataclasses.replace(base.assessment, introduced=own), style)
    if refused and not quiet:
        to = ", ".join(bases([base.name for base in refused], names, style))
        to = f"any of the {len(names)} bases" if len(refused) == len(names) > 1 else to
        yield ""
        yield f"{style.paint('not applied', 'red')} to {to}: nothing written"
    if not quiet:
        yield ""
        # which a built-in base has of many nodes whose bindings do not come with dtgen
        asked = (base for base in result.bases if not base.stand_in or style.verbosity > 0)
        undocumented = {name for base in asked for name in base.assessment.undocumented}
        yield from _undocumented(undocumented, result.bindings, style)
        for note in result.notes:
            yield f"{style.paint('note', 'bold')}: {note}"
        yield _summary(result, style)


def _base(base: BaseResult, shown: str, earlier: Sequence[BaseResult], style: Style) -> Iterator[str]:
    name = style.paint(shown, "bold")
    if not base.applied:
        yield f"{name}: {style.paint('not applied', 'red')}, nothing written"
        yield from (f"  {style.paint('note', 'bold')}: {note}" for note in base.notes)
        return
    yield (
        f"{name}: {style.paint('applied', 'green')}, {counted(len(base.changes), 'change')}, "
        f"{_findings(base.assessment)} ({base.seconds:.2f} s)"
    )
    if same := next((other for other in earlier if other.applied and other.changes == base.changes), None):
        yield f"  the same changes as in {same.file}"
    else:
        yield from _changes(base.changes, style)
    for note in base.notes:
        yield f"  {style.paint('note', 'bold')}: {note}"
    yield from _pas_users(base.assessment, style)
    if base.output:
        yield f"  wrote {base.output}"


def validation(result: ValidationResult, style: Style) -> str:
    """What `dtgen validate` found: the bindings' diagnostics, each tree, and what there is to say of all."""
    trees = (tree(found, style) for found in result.trees)
    return "".join((diagnostics(result.diagnostics, style), *trees, validated(result, style)))


def tree(result: TreeResult, style: Style) -> str:
    """One of the trees."""
    return "".join(f"{line}\n" for line in _tree(result, style))


def _tree(tree: TreeResult, style: Style) -> Iterator[str]:
    yield from _assessment(tree.assessment, style)
    if style.verbosity >= 0 and tree.validated:
        against = f" against {tree.against}" if tree.against else ""
        name = style.paint(f"{tree.file}{against}", "bold")
        took = "from an earlier run" if tree.seconds is None else f"{tree.seconds:.2f} s"
        yield f"{name}: {_findings(tree.assessment)} ({took})"
        yield from (f"  {style.paint('note', 'bold')}: {note}" for note in tree.notes)
        yield from _pas_users(tree.assessment, style)
    elif style.verbosity >= 0:
        yield f"{style.paint(tree.file, 'bold')}: {style.paint('not validated', 'red')}"


def validated(result: ValidationResult, style: Style) -> str:
    """What there is to say of all trees together."""
    return "".join(f"{line}\n" for line in _validated(result, style))


def _validated(result: ValidationResult, style: Style) -> Iterator[str]:
    if style.verbosity >= 0:
        undocumented = {name for tree in result.trees for name in tree.assessment.undocumented}
        yield from _undocumented(undocumented, result.bindings, style)
        for note in result.notes:
            yield f"{style.paint('note', 'bold')}: {note}"
        if len(result.trees) > 1:
            yield from summary.tables(result.trees, style)
        validated = sum(tree.validated for tree in result.trees)
        yield (
            f"validated {validated} of {counted(len(result.trees), 'tree')} "
            f"against {result.bindings}: {_verdict(result.errors, style)}"
        )


def _pas_users(assessment: Assessment, style: Style) -> Iterator[str]:
    if style.verbosity > 0 and assessment.pas_users:
        yield "  users of PAS:"
        yield from (f"    {line}" for line in coverage.table(assessment.pas_users, style))


def checks(result: CheckResult, style: Style) -> str:
    """What `dtgen check` found."""
    return "".join(f"{line}\n" for line in _checks(result, style))


def delivery(result: DeliverResult, style: Style) -> str:
    """What `dtgen deliver` found, and which files it wrote."""
    lines = [f"wrote {file}" for file in result.written] + [f"note: {note}" for note in result.notes]
    if not lines:
        lines = ["nothing was written" if result.errors else "nothing has changed"]
    shown = lines if style.verbosity >= 0 else ()
    return checks(result.check, style) + "".join(f"{line}\n" for line in shown)


def _checks(result: CheckResult, style: Style) -> Iterator[str]:
    for diagnostic in shown(result.diagnostics, style):
        yield from message(diagnostic, style)
    for file in result.files:
        yield from _file(file, style)
    if style.verbosity >= 0:
        kinds = Counter(file.kind for file in result.files)
        parts = ", ".join(counted(number, kind) for kind, number in sorted(kinds.items()))
        files = counted(len(result.files), "file") + (f" ({parts})" if parts else "")
        found = [*result.diagnostics, *(d for file in result.files for d in once(file.all_diagnostics))]
        yield f"checked {files}: {_severities(found) or style.paint('no findings', 'green')}"


def _file(file: FileResult, style: Style) -> Iterator[str]:
    """Each finding once, with the bases that it is found on where it is not found on all."""
    names = [tree.against for tree in file.trees if tree.against]
    places = found_on((tree.against, tree.assessment.introduced) for tree in file.trees if tree.against)
    several = len(file.trees) > 1
    on = {key: bases(on, names, style) for key, on in places.items()} if several else NOWHERE
    yield from grouped(shown(once(file.all_diagnostics), style), style, on)
    if style.everything:
        yield from pre_existing(once(d for t in file.trees for d in t.assessment.pre_existing), style)
    if style.verbosity > 0:
        against = f", {file.bindings}" if file.bindings else ""
        yield f"{style.paint(file.file, 'bold')}: {file.kind}{against}"
        for tree in file.trees:
            yield f"  {tree.against or 'alone'}: {_findings(tree.assessment)}"
        for note in file.notes:
            yield f"  {style.paint('note', 'bold')}: {note}"


def _assessment(assessment: Assessment, style: Style) -> Iterator[str]:
    """Introduced in full, fixed in one line each, pre-existing where they are asked for."""
    yield from grouped(shown(assessment.introduced, style), style)
    if style.verbosity >= 0:
        for diagnostic in shown(assessment.fixed, style):
            place = f"{diagnostic.at.subject}: " if diagnostic.at else ""
            yield f"  {style.paint('fixed', 'green')}: {place}{diagnostic.message} [{diagnostic.rule}]"
    if style.everything:
        yield from pre_existing(assessment.pre_existing, style)


def _findings(assessment: Assessment) -> str:
    parts = [_severities(assessment.introduced) or "no findings"]
    fixed = sum(not diagnostic.follows for diagnostic in assessment.fixed)
    if fixed:
        parts.append(f"{fixed} fixed")
    if assessment.pre_existing:
        parts.append(f"{_severities(assessment.pre_existing)} pre-existing")
    return "; ".join(parts)


def _severities(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning, 1 allowed`; empty for none."""
    causes = [diagnostic for diagnostic in diagnostics if not diagnostic.follows]
    found = [diagnostic.severity for diagnostic in causes if not diagnostic.allowed]
    parts = [counted(found.count(s), s.value) for s in Severity if s in found]
    allowed = len(causes) - len(found)
    return ", ".join([*parts, f"{allowed} allowed"] if allowed else parts)


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
        elif change.kind is ChangeKind.CHANGED:
            text = f"{change.property} = {change.old} → {change.new}"
        else:
            value = change.new if change.kind is ChangeKind.ADDED else change.old
            text = f"{change.property} = {value}" if value else change.property
        yield f"    {style.paint(f'{sign} {text}', color)}"


def _undocumented(names: set[str], bindings: str, style: Style) -> Iterator[str]:
    if names:
        listed = style.verbosity > 0 or len(names) <= MAX_ALIKE
        more = "" if listed else " (-v lists them)"
        count = counted(len(names), "compatible")
        yield f"{style.severity(Severity.INFO)}: {count} without a schema in {bindings}{more}"
        if listed:
            yield from (f"    {name}" for name in sorted(names))


def _summary(result: BuildResult, style: Style) -> str:
    applied = sum(base.applied for base in result.bases)
    validated = (
        f"applied to {applied} of {counted(len(result.bases), 'base')}" if result.bases else "not built"
    )
    against = f", validated against {result.bindings}" if applied else ""
    return f"{result.board}: {validated}{against}: {_verdict(result.errors, style)}"


def _verdict(errors: int, style: Style) -> str:
    return style.paint(counted(errors, "error"), "red") if errors else style.paint("no errors", "green")
