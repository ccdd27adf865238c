"""The tables at the end of a run over many trees."""

from __future__ import annotations

from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.report import summary
from dtgen.report.style import Style
from dtgen.report.summary import Row
from dtgen.results import Assessment, TreeResult

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def found(rule: str, severity: Severity = ERROR, follows: bool = False, allowed: str = "") -> Diagnostic:
    return Diagnostic(rule, severity, "it is wrong", Location("x.dtb"), follows=follows, allowed=allowed)


def tree(file: str, *introduced: Diagnostic) -> TreeResult:
    others = (found("of-the-base"),)
    return TreeResult(file, None, Assessment(introduced, others, others), True)


TREES = (
    tree("a.dtb", found("no-op", WARNING), found("clock/x.yaml"), found("clock/x.yaml")),
    tree("clean.dtb", found("some-info", INFO), found("follows", follows=True), found("fine", allowed="it is")),
    tree("b.dtb", found("clock/x.yaml"), found("no-op", WARNING), found("dtc:reg_format", WARNING)),
    tree("c.dtb", found("dtc:reg_format", WARNING)),
)  # fmt: skip


def test_the_worst_comes_first_and_what_has_no_cause_of_its_own_does_not_count() -> None:
    assert summary.by_rule(TREES) == [
        Row("clock/x.yaml", 3, 0, 2),
        Row("dtc:reg_format", 0, 2, 2),
        Row("no-op", 0, 2, 2),
    ]
    assert summary.by_file(TREES) == [
        Row("a.dtb", 2, 1, 1),
        Row("b.dtb", 1, 2, 1),
        Row("c.dtb", 0, 1, 1),
    ]


def test_the_tables() -> None:
    assert list(summary.tables(TREES, Style())) == [
        "by schema and rule  errors  warnings  trees",
        "  clock/x.yaml           3         0      2",
        "  dtc:reg_format         0         2      2",
        "  no-op                  0         2      2",
        "by file  errors  warnings",
        "  a.dtb       2         1",
        "  b.dtb       1         2",
        "  c.dtb       0         1",
    ]


def test_there_is_none_where_nothing_is_wrong() -> None:
    assert list(summary.tables(TREES[1:2], Style())) == []


def test_of_many_rows_the_first_are_shown() -> None:
    trees = [tree(f"{number:02}.dtb", found("no-op")) for number in range(12)]
    short, whole = (list(summary.tables(trees, Style(verbosity=v))) for v in (0, 1))
    assert short[-2:] == ["  09.dtb       1         0", "  … and 2 more; -v shows them"]
    assert whole == [*short[:-1], "  10.dtb       1         0", "  11.dtb       1         0"]
