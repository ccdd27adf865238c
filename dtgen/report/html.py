"""A page for people who look at trees together: one file that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dtgen.commands import view
from dtgen.commands.diagnose import DiagnosedBoot, DiagnosedLog
from dtgen.commands.record import Record
from dtgen.diagnostics import Diagnostic, Severity, State
from dtgen.report import page as pages
from dtgen.report import page_trees, summary
from dtgen.report.diagnosis import end, headline
from dtgen.report.page import (
    CheckedFile,
    PageLink,
    ReportPage,
    ShownBoot,
    ShownFinding,
    ShownTree,
    introduced,
)
from dtgen.report.rendering import rendered
from dtgen.results import (
    Assessment,
    BuildResult,
    CheckResult,
    DeliverResult,
    FileResult,
    TreeResult,
    ValidationResult,
)
from dtgen.words import counted


def builds(results: Sequence[BuildResult], record: Record) -> str:
    """Of `dtgen build`."""
    return rendered(_of_builds(results, record))


def build_pages(results: Sequence[BuildResult], record: Record) -> dict[str, str]:
    """By the name of its file: a page for each base, and `index.html`, which leads to them."""
    made: dict[str, str] = {}
    links: list[PageLink] = []
    for result in results:
        values = tuple(value for value in record.written if value.board == result.board)
        for base in result.bases:
            found = (*result.diagnostics, *(diagnostic for _, diagnostic in base.assessment.by_state()))
            rules = {diagnostic.rule for diagnostic in found}
            told = tuple(rule for rule in record.pages if rule.id in rules)
            alone = [replace(result, bases=(base,))]
            page = _of_builds(alone, replace(record, pages=told, written=values))
            name = f"{Path(result.board).stem}-{base.name}.html"
            links.append(PageLink(name, base.file, page.verdict, page.clean))
            made[name] = rendered(page)
    # what was refused before there was a base has no page of its own
    refused = [diagnostic for result in results if not result.bases for diagnostic in result.diagnostics]
    ids = {diagnostic.rule for diagnostic in refused}
    rest = replace(record, pages=tuple(rule for rule in record.pages if rule.id in ids), written=())
    index = _of_builds(results, rest, drawn=False)
    groups = tuple(pages.by_state(pages.findings(refused, (), rest)))
    return {"index.html": rendered(replace(index, findings=groups, links=tuple(links))), **made}


def _of_builds(results: Sequence[BuildResult], record: Record, drawn: bool = True) -> ReportPage:
    own = [diagnostic for result in results for diagnostic in result.diagnostics]
    bases = [(result, base) for result in results for base in result.bases]
    found = pages.findings(own, ((base.file, base.assessment) for _, base in bases), record)
    trees: list[ShownTree] = []
    for result, base in bases if drawn else ():
        trees.append(page_trees.of_base(result, base, trees, len(results) > 1))
    return ReportPage(
        f"dtgen build {', '.join(result.board for result in results)}",
        _verdict(results, found),
        not any(result.errors for result in results),
        _counts(found, _new(found), len(bases), "base"),
        tuple(pages.by_state(found)),
        tuple(trees),
        record,
        len(bases),
        tuple(dict.fromkeys(note for result in results for note in result.notes)),
        written=tuple(file for result in results for file in result.outputs),
    )


def _verdict(results: Sequence[BuildResult], found: Sequence[ShownFinding]) -> str:
    bases = [base for result in results for base in result.bases]
    applied = sum(base.applied for base in bases)
    name = results[0].board if len(results) == 1 else counted(len(results), "board")
    if not bases:
        return f"{name} could not be built: dtgen {introduced(_new(found), 'found')}."
    count = (
        f"all {len(bases)} bases" if applied == len(bases) else f"{applied} of {counted(len(bases), 'base')}"
    )
    count = "its base" if applied == len(bases) == 1 else count
    fits, verb = ("fits", "introduces") if len(results) == 1 else ("fit", "introduce")
    return f"{name} {fits} {count} and {introduced(_new(found), verb)}."


def validation(result: ValidationResult, record: Record) -> str:
    """Of `dtgen validate`."""
    found = pages.findings(result.diagnostics, ((t.file, t.assessment) for t in result.trees), record)
    # as in the terminal: of each tree
    every = (*result.diagnostics, *(d for tree in result.trees for d in tree.assessment.introduced))
    many = len(result.trees) > view.MOST
    trees: list[ShownTree] = []
    for tree in () if many else result.trees:
        trees.append(page_trees.of_tree(tree, trees))
    page = ReportPage(
        "dtgen validate",
        _verdict_of_trees(result.trees, every),
        not result.errors,
        _counts(found, every, len(result.trees), "tree"),
        tuple(pages.by_state(found)),
        tuple(trees),
        record,
        len(result.trees),
        (f"validated against {result.bindings}", *result.notes),
        by_rule=tuple(summary.by_rule(result.trees)) if many else (),
        by_file=tuple(summary.by_file(result.trees)) if many else (),
    )
    return rendered(page)


def _verdict_of_trees(trees: Sequence[TreeResult], every: Iterable[Diagnostic]) -> str:
    compared = any(tree.against for tree in trees)
    if len(trees) != 1:
        valid = sum(tree.validated for tree in trees)
        unread = f", of which {valid} can be read," if valid < len(trees) else ""
        return f"{len(trees)} trees{unread} {introduced(every, 'introduce' if compared else 'have')}."
    (tree,) = trees
    if not tree.validated:
        return f"{tree.file} cannot be validated: dtgen {introduced(every, 'found')}."
    return f"{tree.file} {introduced(every, 'introduces' if compared else 'has')}."


def _new(found: Sequence[ShownFinding]) -> list[Diagnostic]:
    return [one.diagnostic for one in found if one.state is State.INTRODUCED]


def _counts(
    found: Sequence[ShownFinding], introduced: Iterable[Diagnostic], number: int, what: str
) -> tuple[tuple[int, str, str], ...]:
    """`what`: what there are so many of, as one is called."""
    count = pages.severities(introduced)
    return (
        _count(number, what, ""),
        *(_count(count[s], s.value, s.value) for s in (Severity.ERROR, Severity.WARNING)),
        (sum(f.state is State.FIXED for f in found), "fixed", "fixed"),
        (sum(f.state is State.PRE_EXISTING for f in found), "pre-existing", ""),
    )


def _count(number: int, word: str, kind: str) -> tuple[int, str, str]:
    return number, word if number == 1 else f"{word}s", kind


def checks(result: CheckResult, record: Record) -> str:
    """Of `dtgen check`."""
    found = _of_files(result, record)
    count = counted(len(result.files), "file")
    verdict = f"{count} {introduced(_new(found), 'has' if len(result.files) == 1 else 'have')}."
    return rendered(_checked(result, found, "dtgen check", verdict, record))


def delivery(result: DeliverResult, record: Record) -> str:
    """Of `dtgen deliver`."""
    found = _of_files(result.check, record)
    board, new = result.check.files[0].file, _new(found)
    if result.errors:
        verdict = f"{board} is not delivered, nothing was written: dtgen {introduced(new, 'found')}."
    elif result.written:
        verdict = f"{board} is delivered: every stack was applied and validated, and {introduced(new)}."
    else:
        verdict = f"{board} was delivered before: nothing has changed."
    page = _checked(result.check, found, f"dtgen deliver {board}", verdict, record)
    return rendered(replace(page, written=result.written, notes=(*page.notes, *result.notes)))


def _of_files(result: CheckResult, record: Record) -> list[ShownFinding]:
    return pages.findings(result.own, ((_on(tree), tree.assessment) for tree in result.trees), record)


def _on(tree: TreeResult) -> str:
    return f"{tree.file} on {tree.against}" if tree.against else tree.file


def _checked(
    result: CheckResult, found: Sequence[ShownFinding], title: str, verdict: str, record: Record
) -> ReportPage:
    trees: list[ShownTree] = []
    for tree in (tree for tree in result.trees if tree.view):
        trees.append(page_trees.of_tree(tree, trees))
    return ReportPage(
        title,
        verdict,
        not result.errors,
        _counts(found, _new(found), len(result.files), "file"),
        tuple(pages.by_state(found)),
        tuple(trees),
        record,
        len(result.trees),
        tuple(dict.fromkeys(note for file in result.files for note in file.notes)),
        files=tuple(map(_checked_file, result.files)),
    )


def _checked_file(file: FileResult) -> CheckedFile:
    own = Assessment(tuple({d.sort_key: d for d in file.all_diagnostics}.values()))
    on = tuple(tree.against or tree.file for tree in file.trees)
    return CheckedFile(file.file, file.kind, page_trees.sentence_of(own), on, file.bindings)


def diagnosis(logs: Sequence[DiagnosedLog], ran: TreeResult | None, record: Record) -> str:
    """Of `dtgen diagnose`. `ran`: the tree that was given."""
    boots = [(log, boot) for log in logs for boot in log.boots]
    causes = [cause.verdict for _, boot in boots for cause in boot.diagnosis.causes]
    verdict = "No failure was found."
    if causes:
        first = next((cause for cause in causes if cause.confidence.fails), causes[0])
        verdict = f"{first.confidence.value.capitalize()}: {first.summary.removesuffix('.')}."
    places = pages.rule_places(record)
    page = ReportPage(
        f"dtgen diagnose {', '.join(log.log.name for log in logs)}",
        verdict,
        not any(log.errors for log in logs),
        (_count(len(boots), "boot", ""), _count(len(causes), "cause", "error")),
        (),
        (_unlooked(ran),) if ran else (),
        record,
        1,
        (),
        boots=tuple(_boot(log, boot, places) for log, boot in boots),
    )
    return rendered(page)


def _unlooked(tree: TreeResult) -> ShownTree:
    sentence = "given as the one that ran; not validated"
    return replace(page_trees.of_tree(tree), sentence=sentence, clean=None)


def _boot(log: DiagnosedLog, boot: DiagnosedBoot, places: Mapping[str, str]) -> ShownBoot:
    return ShownBoot(
        log.log.name,
        ", ".join(headline(log, boot)),
        tuple((found, places.get(found.id, "")) for found in boot.diagnosis.every),
        tuple(line for line in end(log, boot, bool(boot.diagnosis.causes)) if line),
    )
