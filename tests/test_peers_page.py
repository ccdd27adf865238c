"""What docs/peers.md says that dtgen has is there: each word of its column by a command and its options."""

from __future__ import annotations

import re

import click
import pytest
from corpus import ROOT

from dtgen.cli import cli

ROWS = re.findall(
    r"^\| (?!\|)(.+?) \| (.+?) \|", (ROOT / "docs/peers.md").read_text(encoding="utf-8"), re.MULTILINE
)
HAS = {
    "progress on a terminal": "validate --jobs",
    "colour / forced": "build --color",
    "excerpt and caret": "build --color",
    "hyperlinks (OSC 8)": "build --color",
    "did you mean (command line / content)": "explain",
    "explain every id": "explain --bindings",
    "configuration is found / shown": "config",
    "exclude / .gitignore": "check --staged",
    "editor": "schema",
    "fix": "format",
    "introduced against a baseline": "validate --against",
    "documented exit codes": "help",
    "-V / version": " -V",
    "completion": "completion",
    "statistics": "validate --format",
    "new / init": "new --base",
    "SARIF / GitHub / JSON": "check --format",
    "HTML report / pictures": "build --report",
}


@pytest.mark.parametrize(("row", "has"), ROWS)
def test_a_row(row: str, has: str) -> None:
    name, _, option = HAS[row].partition(" ")
    command: click.Command | None = cli.commands.get(name) if name else cli
    options = {each for parameter in command.params for each in parameter.opts} if command else set()
    is_there = command is not None and (not option or option in options)
    assert is_there or "✓" not in has.partition("/")[2 if "forced" in row else 0]


def test_every_row_is_there() -> None:
    assert [row for row, _ in ROWS] == list(HAS)
