"""What a page says, whatever command it is of: a verdict, findings, trees, where all of it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from dtgen.bringup.diagnosis import FoundCause
from dtgen.commands.record import Quote, Record
from dtgen.devicetree.diff import Change
from dtgen.diagnostics import Diagnostic, Severity, State
from dtgen.hardware.coverage import PasUser
from dtgen.hardware.memory_map import MemoryMap
from dtgen.hardware.stream_map import Smmu
from dtgen.records import dataclass
from dtgen.report.summary import Row
from dtgen.results import Assessment, FileContent
from dtgen.words import counted

BUDGET = 3_000_000
"""Characters of findings, about; what is beyond is counted, the errors last: browsers are slow with more."""
_MARKUP = 700
"""Of a finding, besides its texts."""


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """What was found, once, with the trees that have it."""

    name: str
    """Of its place in the page."""
    state: State
    diagnostic: Diagnostic
    on: tuple[str, ...]
    """Trees; none where it is of no tree."""
    quote: Quote | None
    page: str
    """The place of the page of its rule; empty where there is none."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Those of one state, the errors first."""

    state: State
    shown: tuple[ShownFinding, ...]
    left_out: int
    """How many more there are: the page would be too large."""


@dataclass(frozen=True, slots=True)
class ShownMap:
    """A picture as SVG, and what it is of."""

    svg: str
    """Empty where it is not drawn again."""
    of: Smmu | MemoryMap
    same: str
    """The title of a tree before it with the same; empty where there is none."""
    explained: bool
    """Whether it is said how to read it."""


@dataclass(frozen=True, slots=True)
class ShownTree:
    """A tree and what there is to look at."""

    name: str
    """Of its place in the page."""
    title: str
    sentence: str
    clean: bool | None
    """Whether it was made, and has no error of its own; None where nobody has looked."""
    output: str | None
    notes: tuple[str, ...]
    changes: tuple[tuple[str, str, tuple[Change, ...]], ...]
    """By node: name, path, changes."""
    same_changes: str
    """The title of a tree before it with the same; empty where there is none."""
    pas_users: tuple[PasUser, ...]
    undocumented: tuple[str, ...]
    maps: tuple[ShownMap, ...]
    stack: str
    """SVG; empty for one that is no stack."""
    contents: tuple[FileContent, ...]


@dataclass(frozen=True, slots=True)
class ShownBoot:
    """A boot of a log and what it shows."""

    log: str
    headline: str
    causes: tuple[tuple[FoundCause, str], ...]
    """With the place of the page of each; what is none, and is often taken for one, comes last."""
    end: tuple[str, ...]
    """What was looked at."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of a repository."""

    file: str
    kind: str
    sentence: str
    on: tuple[str, ...]
    """What it was applied to."""
    bindings: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """Another page, beside this one."""

    file: str
    title: str
    verdict: str
    clean: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """All that a template has."""

    title: str
    verdict: str
    clean: bool
    counts: tuple[tuple[int, str, str], ...]
    """How many, of what, and in which colour."""
    findings: tuple[FindingGroup, ...]
    trees: tuple[ShownTree, ...]
    record: Record
    tree_count: int
    """Of the run; `trees` may have none where there are many."""
    notes: tuple[str, ...]
    by_rule: tuple[Row, ...] = ()
    by_file: tuple[Row, ...] = ()
    written: tuple[str, ...] = ()
    """Files."""
    boots: tuple[ShownBoot, ...] = ()
    files: tuple[CheckedFile, ...] = ()
    links: tuple[PageLink, ...] = ()


def severities(diagnostics: Iterable[Diagnostic]) -> dict[Severity, int]:
    """How many of each there are that count."""
    found = [d.severity for d in diagnostics if not d.follows and not d.allowed]
    return {severity: found.count(severity) for severity in Severity}


def introduced(diagnostics: Iterable[Diagnostic], verb: str = "introduces") -> str:
    """The end of a verdict."""
    count = severities(diagnostics)
    parts = [counted(count[s], s.value) for s in (Severity.ERROR, Severity.WARNING) if count[s]]
    return f"{verb} {' and '.join(parts) or 'nothing that is wrong'}"


def rule_places(record: Record) -> dict[str, str]:
    """Where on the page each rule is explained."""
    return {page.id: f"rule-{number}" for number, page in enumerate(record.pages, 1)}


def findings(
    own: Iterable[Diagnostic], trees: Iterable[tuple[str, Assessment]], record: Record
) -> list[ShownFinding]:
    """Each once, sorted: the worst first, then by file and line; what stands in a blob by its rule."""
    merged: dict[tuple[object, ...], tuple[State, Diagnostic, list[str]]] = {}
    for diagnostic in own:
        _merge(merged, State.INTRODUCED, diagnostic, "")
    for tree, assessment in trees:
        for state, diagnostic in assessment.by_state():
            _merge(merged, state, diagnostic, tree)
    places = rule_places(record)
    ordered = sorted(merged.values(), key=lambda one: _rank(one[1]))
    return [
        ShownFinding(
            f"finding-{number}",
            state,
            diagnostic,
            tuple(on),
            record.quotes.get((diagnostic.location.file, diagnostic.location.line or 0)),
            places.get(diagnostic.rule, ""),
        )
        for number, (state, diagnostic, on) in enumerate(ordered, 1)
    ]


def _rank(diagnostic: Diagnostic) -> tuple[object, ...]:
    line = diagnostic.location.line
    return diagnostic.severity.rank, line is None, "" if line else diagnostic.rule, diagnostic.sort_key


def _merge(
    merged: dict[tuple[object, ...], tuple[State, Diagnostic, list[str]]],
    state: State,
    diagnostic: Diagnostic,
    tree: str,
) -> None:
    """A place in a blob is another one in each tree, and the finding the same."""
    if diagnostic.follows:
        return
    where = diagnostic.location if diagnostic.location.line else None
    about = diagnostic.at.subject if diagnostic.at else None
    key = state, where or (tree if not about else None), about, diagnostic.rule, diagnostic.message
    _, _, on = merged.setdefault(key, (state, diagnostic, []))
    if tree and tree not in on:
        on.append(tree)


def by_state(found: Sequence[ShownFinding]) -> Iterator[FindingGroup]:
    """Within the budget of a page."""
    left = BUDGET
    for state in State:
        shown = []
        of_state = [finding for finding in found if finding.state is state]
        for finding in of_state:
            left -= _size(finding)
            if left < 0:
                break
            shown.append(finding)
        yield FindingGroup(state, tuple(shown), len(of_state) - len(shown))


def _size(finding: ShownFinding) -> int:
    d = finding.diagnostic
    texts = (
        d.message,
        d.help,
        d.original,
        d.excerpt,
        *finding.on,
        *(finding.quote.lines if finding.quote else ()),
    )
    return _MARKUP + sum(map(len, texts)) + 200 * len(d.also)


def by_node(changes: Iterable[Change]) -> tuple[tuple[str, str, tuple[Change, ...]], ...]:
    grouped = groupby(changes, key=lambda change: (change.path, change.name))
    return tuple((name, path, tuple(of_node)) for (path, name), of_node in grouped)
