"""What docs/peers.md says that dtgen has is there: for each row the commands and options that it stands for."""

from __future__ import annotations

import re

import click
import pytest
from corpus import ROOT

from dtgen.cli import cli

ROWS = re.findall(
    r"^\| (?!\|)(.+?) \| (.+?) \|", (ROOT / "docs/peers.md").read_text(encoding="utf-8"), re.MULTILINE
)
HAS: dict[str, tuple[str, ...]] = {
    "progress on a terminal": ("validate --jobs",),
    "colour / forced": ("build --color", "check --color"),
    "excerpt and caret": ("check --quiet",),
    "hyperlinks (OSC 8)": ("check --color",),
    "did you mean (command line / content)": ("build", "check"),
    "explain every id": ("explain --bindings",),
    "configuration is found / shown": ("check", "config"),
    "exclude / .gitignore": ("check --staged",),
    "editor": ("schema",),
    "fix": ("format",),
    "introduced against a baseline": ("validate --against",),
    "documented exit codes": ("help",),
    "-V / version": (" -V",),
    "completion": ("completion",),
    "statistics": ("validate --format",),
    "new / init": ("new --base",),
    "SARIF / GitHub / JSON": ("check --format",),
    "HTML report / pictures": ("build --report", "streams --format", "memory --format"),
}


def _is_there(what: str) -> bool:
    name, _, option = what.partition(" ")
    command: click.Command | None = cli.commands.get(name) if name else cli
    options = {each for parameter in command.params for each in parameter.opts} if command else set()
    return command is not None and (not option or option in options)


@pytest.mark.parametrize(("row", "has"), ROWS)
def test_a_row(row: str, has: str) -> None:
    assert {"✓", "~"} & set(has)
    assert [what for what in HAS[row] if not _is_there(what)] == []


def test_every_row_is_there() -> None:
    assert [row for row, _ in ROWS] == list(HAS)
