"""Colours, hyperlinks and widths, as variables and the command line ask for them."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner

from dtgen.cli import cli, process, terminal

VARIABLES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "FORCE_HYPERLINK",
    "COLUMNS",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setitem(terminal._chosen, "color", "auto")


@pytest.mark.parametrize(
    ("variables", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_color_by_variables(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], on_terminal: bool, elsewhere: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (terminal.has_color(Terminal()), terminal.has_color(io.StringIO())) == (on_terminal, elsewhere)


@pytest.mark.parametrize(("when", "expected"), [("always", True), ("never", False)])
def test_the_command_line_overrules_the_variables(
    monkeypatch: pytest.MonkeyPatch, when: str, expected: bool
) -> None:
    monkeypatch.setenv("NO_COLOR" if expected else "FORCE_COLOR", "1")
    assert CliRunner().invoke(cli, ["list", "--color", when]).exit_code == 0
    assert terminal.has_color(io.StringIO()) is expected


def test_every_command_has_the_option() -> None:
    for command in cli.commands.values():
        assert "--color" in {name for parameter in command.params for name in parameter.opts}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "4999"}, False),
        ({"VTE_VERSION": "6800"}, True),
        ({"WT_SESSION": "x"}, True),
        ({"WT_SESSION": "x", "NO_COLOR": "1"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"WT_SESSION": "x", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_hyperlinks_where_the_terminal_has_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal.has_links(Terminal()) is expected


def test_the_width_is_the_terminals_or_that_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.columns(io.StringIO()) is None
    monkeypatch.setenv("COLUMNS", "72")
    assert (terminal.columns(Terminal()), terminal.columns(io.StringIO())) == (72, None)
    monkeypatch.setenv("COLUMNS", "3")
    assert terminal.columns(Terminal()) == terminal.NARROWEST


def test_a_table_fits_the_terminal_and_a_program_gets_it_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"name  {'word ' * 20}end\n"
    process.write_table(line, "text")
    assert capsys.readouterr().out == line
    monkeypatch.setattr(terminal, "columns", lambda stream: 60)
    process.write_table(line, "text")
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.split() == line.split()
    process.write_table(line, "json")
    assert capsys.readouterr().out == line
