"""The table of rules, and the story of one."""

from __future__ import annotations

import json

import pytest

from dtgen.commands.explain import PAGES, TABLES
from dtgen.report.rules import explained, table
from dtgen.report.style import Style
from dtgen.rules import ALL

EXPLAINED = """\
enables-disabled-device (warning): An overlay for EL2 enables a device that the board had disabled.

Why: a board disables what it has no use for, or has not wired up. To run at EL2 changes nothing about
that, and reviewers object to it. What the hypervisor kept to itself is "reserved", not "disabled".

Fires on:

    uart: serial { status = "disabled"; };
    /plugin/;
    &uart { status = "okay"; };

Passes:

    watchdog: watchdog { status = "reserved"; };
    /plugin/;
    &watchdog { status = "okay"; };

Fix: leave it to the board, or change the board in a patch of its own.

Source: Devicetree Specification 2.3.4; the six `*-el2.dtso` of Linux v7.1, none of which does it.

Checked on the merged tree.
"""


def test_the_table_has_a_line_for_every_id_by_stage() -> None:
    blocks = table("text", Style()).split("\n\n")
    stages = [block.partition("\n")[0] for block in blocks]
    assert stages == [f"{table.when[0].upper()}{table.when[1:]}:" for table in TABLES]
    assert stages[0] == "When an input is read:"
    rows = [line for block in blocks for line in block.splitlines()[1:]]
    assert [row.split()[0] for row in rows] == [page.id for table in TABLES for page in table.pages]
    assert set(ALL) < {row.split()[0] for row in rows}
    assert "  aliased-stream           error    Two devices claim one stream of an SMMUv3." in rows
    assert {row[27:35].strip() for row in rows} == {"error", "warning", "info", ""}
    assert all(row.endswith(".") and row[35] == " " and row[36] != " " for row in rows)


def test_in_colour_the_columns_are_as_wide() -> None:
    assert (
        "  \033[1maliased-stream         \033[0m  \033[1;31merror\033[0m    Two devices claim one stream of an SMMUv3.\n"
        in table("text", Style(color=True))
    )


def test_the_table_for_programs() -> None:
    found = json.loads(table("json", Style()))
    assert found["version"] == 1
    assert [rule["id"] for rule in found["rules"]] == list(PAGES)
    by_id = {rule["id"]: rule for rule in found["rules"]}
    assert by_id["attach-overlap"] == {
        "id": "attach-overlap",
        "severity": "error",
        "summary": "A PAS remoteproc or a firmware device shares a stream with another device.",
        "when": "on the merged tree",
    }
    assert by_id["enabled-zap-shader"]["when"] == "on the merged tree, if it is for Linux at EL2"
    assert by_id["unused-allow"]["when"] == "when the description is built"
    assert by_id["lost-fragment"]["when"] == "when the overlay's source and its blob are compared"


def test_the_whole_story_of_a_rule() -> None:
    assert explained(PAGES["enables-disabled-device"], Style()) == EXPLAINED


def test_headings_are_bold_and_nothing_else_is() -> None:
    shown = explained(PAGES["enables-disabled-device"], Style(color=True))
    assert "\033[1mWhy\033[0m: a board" in shown
    assert "\033[1mFires on\033[0m:\n" in shown
    assert shown.replace("\033[1m", "").replace("\033[1;33m", "").replace("\033[0m", "") == EXPLAINED


@pytest.mark.parametrize("rule", ALL)
def test_every_rule_is_explained(rule: str) -> None:
    shown = explained(PAGES[rule], Style())
    assert shown.startswith(f"{rule} ({ALL[rule].severity.value}): ")
    assert "\nChecked " in shown
