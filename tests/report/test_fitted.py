"""Tables at 60, 80 and 100 columns: nothing is lost, and no word is broken."""

from __future__ import annotations

import pytest

from dtgen.report.fitted import fitted

LINK = "\033]8;;file:///x\033\\x\033]8;;\033\\"


def test_what_goes_on_stands_below_its_column() -> None:
    assert fitted("name  one two three four\n", 16) == "name  one two\n      three four\n"


def test_a_last_column_that_begins_too_far_right_has_lines_of_its_own() -> None:
    assert fitted("  a_long_name  error    Why it is one.\n", 24) == (
        "  a_long_name  error\n      Why it is one.\n"
    )


def test_a_word_that_is_too_long_stands_alone() -> None:
    assert fitted("0x1  /soc@0/remoteproc@30000000  (disabled)\n", 20) == (
        "0x1\n    /soc@0/remoteproc@30000000\n    (disabled)\n"
    )


def test_colours_and_links_take_no_columns() -> None:
    line = f"\033[1mname\033[0m  {LINK} yyyy\n"
    assert fitted(line, 12) == line
    assert fitted(line, 11) == f"\033[1mname\033[0m\n    {LINK} yyyy\n"


def test_any_width_leaves_a_table_as_it_is() -> None:
    assert fitted("a  b\n", None) == "a  b\n"


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_nothing_is_lost(columns: int) -> None:
    table = "".join(
        f"  {'r' * (n % 25)}  {'error' if n % 2 else 'info'}     {'some words of any length ' * (n % 7)}x\n"
        for n in range(60)
    )
    shown = fitted(table, columns)
    assert shown.split() == table.split()
    assert max(map(len, shown.splitlines())) <= columns
