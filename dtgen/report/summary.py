"""Where the findings of a run over many trees are: by what is violated, and by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from dtgen.diagnostics import Diagnostic, Severity
from dtgen.records import dataclass
from dtgen.report.style import Style
from dtgen.results import TreeResult

_MAX_ROWS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of one rule, or in one file."""

    name: str
    errors: int
    warnings: int
    trees: int
    """In how many."""


def by_rule(trees: Iterable[TreeResult]) -> list[Row]:
    """The binding's file, the rule or dtc's check that most is wrong with comes first."""
    found = ((d.rule, tree.file, d) for tree in trees for d in tree.assessment.introduced)
    return _rows(found)


def by_file(trees: Iterable[TreeResult]) -> list[Row]:
    """The tree that most is wrong with comes first; those that nothing is wrong with are not there."""
    found = ((tree.file, tree.file, d) for tree in trees for d in tree.assessment.introduced)
    return _rows(found)


def _rows(found: Iterable[tuple[str, str, Diagnostic]]) -> list[Row]:
    errors: dict[str, int] = defaultdict(int)
    warnings: dict[str, int] = defaultdict(int)
    trees: dict[str, set[str]] = defaultdict(set)
    for name, tree, diagnostic in found:
        if diagnostic.follows or diagnostic.allowed or diagnostic.severity is Severity.INFO:
            continue
        (errors if diagnostic.severity is Severity.ERROR else warnings)[name] += 1
        trees[name].add(tree)
    rows = [Row(name, errors[name], warnings[name], len(trees[name])) for name in trees]
    return sorted(rows, key=lambda row: (-row.errors, -row.warnings, row.name))


def tables(trees: Sequence[TreeResult], style: Style) -> Iterator[str]:
    """Lines; none where nothing is wrong."""
    rules = by_rule(trees)
    if rules:
        yield from _table("by schema and rule", rules, True, style)
        yield from _table("by file", by_file(trees), False, style)


def _table(title: str, rows: Sequence[Row], of_many: bool, style: Style) -> Iterator[str]:
    shown = rows if style.verbosity > 0 else rows[:_MAX_ROWS]
    width = max(len(title), *(len(row.name) + 2 for row in shown))
    yield style.paint(f"{title:{width}}  errors  warnings" + ("  trees" if of_many else ""), "bold")
    for row in shown:
        trees = f"  {row.trees:5}" if of_many else ""
        yield f"  {row.name:{width - 2}}  {row.errors:6}  {row.warnings:8}{trees}"
    if len(shown) < len(rows):
        yield f"  … and {len(rows) - len(shown)} more; -v shows them"
