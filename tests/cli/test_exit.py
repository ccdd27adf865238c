"""What makes an exit code."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import click
import pytest

from dtgen.cli.exit import exit_code, run
from dtgen.diagnostics import Location
from dtgen.errors import ToolError, rejected


@pytest.mark.parametrize(
    ("errors", "differs", "code"), [((), False, 0), ((0,), False, 0), ((0, 2), False, 1), ((0,), True, 1)]
)
def test_findings_and_differences_make_1(errors: tuple[int, ...], differs: bool, code: int) -> None:
    assert exit_code(*(SimpleNamespace(errors=count) for count in errors), differs=differs) == code


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (rejected("yaml", "a tab", Location("b.yaml", 3)), 1, "b.yaml:3: error: a tab [yaml]\n"),
        (ToolError("no dtc", "install it"), 2, "dtgen: error: no dtc\n    help: install it\n"),
        (click.UsageError("give one"), 2, "Error: give one\n"),
        (KeyboardInterrupt(), 130, "dtgen: interrupted\n"),
        (ValueError("ours"), 3, "dtgen: this is a bug in dtgen; please report it with the lines above\n"),
    ],
)
def test_an_exception_becomes_output_and_a_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    @click.command()
    def command() -> None:
        raise raised

    monkeypatch.setattr(sys, "argv", ["dtgen"])
    assert run(command) == code
    out, error = capsys.readouterr()
    assert (out, error.endswith(said)) == ("", True)
