"""A diagnostic for people: its line of the source, and the mark under what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.project.files import shown_lines
from dtgen.report.message import message
from dtgen.report.style import Style


def shown(line: str | None, column: int | None, **looks: object) -> list[str]:
    """The lines below the first."""
    found = Diagnostic("rule", Severity.ERROR, "it is wrong", Location("x.yaml", 7, column), help="mend it")
    style = Style(source=lambda file, number: line if (file, number) == ("x.yaml", 7) else None, **looks)  # type: ignore[arg-type]
    return list(message(found, style))[1:]


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        ("  - [apps_smmu, 0x3000, 0x0]", 5, "[apps_smmu, 0x3000, 0x0]"),
        ("  - [apps_smmu, 0x3000, 0x0]", 6, "apps_smmu"),
        ("  - [apps_smmu, 0x3000, 0x0]", 17, "0x3000"),
        ('title: "One: two"', 8, '"One: two"'),
        ("iommus = <&smmu 0x1>;", 11, "&smmu"),
        ("iommus = <&smmu 0x1>;", 10, "<&smmu 0x1>"),
        ("iommus: [[smmu, 0x1]", 9, "["),
        ("&{/soc@0/dsp} {", 1, "&{/soc@0/dsp}"),
        ("a;", 2, ";"),
    ],
)
def test_what_is_wrong_is_marked_to_its_end(line: str, column: int, marked: str) -> None:
    below = " " * (column - 1) + "^" * len(marked)
    assert shown(line, column) == [f"    7 | {line}", f"      | {below}", "    help: mend it"]


def test_tabs_take_four_columns() -> None:
    assert shown("\tiommus = <0>;", 2) == [
        "    7 |     iommus = <0>;",
        "      |     ^^^^^^",
        "    help: mend it",
    ]


def test_a_place_behind_the_end_is_marked_there() -> None:
    assert shown("a = <1>", 99)[:2] == ["    7 | a = <1>", "      |        ^"]


def test_without_a_column_there_is_the_line_alone() -> None:
    assert shown("a: 1", None) == ["    7 | a: 1", "    help: mend it"]


@pytest.mark.parametrize("line", [None, "", "   "])
def test_a_line_that_is_not_there_is_left_out(line: str | None) -> None:
    assert shown(line, 1) == ["    help: mend it"]


def test_who_wants_findings_only_gets_no_lines() -> None:
    assert shown("a: 1", 1, verbosity=-1) == ["    help: mend it"]


@pytest.mark.parametrize("column", [1, 60, 190])
def test_of_a_long_line_there_is_what_fits_around_the_mark(column: int) -> None:
    line = " ".join(f"word{n:02}" for n in range(30))
    source, mark, _ = shown(line, line.index(f"word{column // 7:02}") + 1, width=60)
    assert max(len(source), len(mark)) <= 60
    assert source[mark.index("^") :].startswith(f"word{column // 7:02}")


def test_what_cannot_be_seen_is_written_out() -> None:
    assert shown("a: \u202eb\x07", 1)[0] == "    7 | a: \\u202eb\\u0007"


def test_the_bases_stand_above_the_places() -> None:
    place = Place(Subject("/dsp", "iommus"), Location("x.dtso", 3, 2))
    found = Diagnostic("rule", Severity.WARNING, "it is odd", Location("x.yaml", 7), place)
    assert list(message(found, Style(), on=["all 25 bases"])) == [
        "x.yaml:7: warning: it is odd [rule]",
        "    on all 25 bases",
        "    /dsp: iommus   (x.dtso:3:2)",
    ]


def test_a_place_is_a_link_where_the_terminal_has_them() -> None:
    found = Diagnostic("rule", Severity.ERROR, "it is wrong", Location("x.yaml", 7))
    (line,) = message(found, Style(links=True))
    uri = (Path.cwd() / "x.yaml").as_uri()
    assert line == f"\033]8;;{uri}\033\\x.yaml:7\033]8;;\033\\: error: it is wrong [rule]"


def test_lines_are_those_of_texts(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one\r\ntwo\n")
    (tmp_path / "blob").write_bytes(b"one\0\n")
    line = shown_lines()
    assert [line(str(tmp_path / "x"), number) for number in (1, 2, 9)] == ["one", "two", None]
    assert [line(str(tmp_path / name), 1) for name in ("blob", "none", "")] == [None, None, None]
