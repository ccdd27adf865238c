"""What makes an exit code, and the one door where exceptions become output and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Protocol

import click

from dtgen.errors import Rejected, ToolError

CLEAN, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


class Result(Protocol):
    """What became of a run."""

    @property
    def errors(self) -> int: ...


def exit_code(*results: Result, differs: bool = False) -> int:
    """Of what a command found. `differs`: whether files are not as they should be, or not alike."""
    return FINDINGS if differs or any(result.errors for result in results) else CLEAN


def run(command: click.Command) -> int:
    """Run what the command line says; its exit code."""
    try:
        code = command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except ToolError as error:
        return _complain(str(error), error.remedy)
    except Rejected as error:
        from dtgen.report import text
        from dtgen.report.style import Style

        click.echo(text.diagnostics(error.diagnostics, Style()), err=True, nl=False)
        return FINDINGS
    except (KeyboardInterrupt, click.Abort):
        click.echo("dtgen: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has gone; what is left in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception:  # noqa: BLE001  whatever is left is a bug of ours
        traceback.print_exc()
        click.echo("dtgen: this is a bug in dtgen; please report it with the lines above", err=True)
        return BUG
    return code if isinstance(code, int) else CLEAN


def _complain(message: str, remedy: str) -> int:
    click.echo(f"dtgen: error: {message}", err=True)
    if remedy:
        click.echo(f"    help: {remedy}", err=True)
    return USAGE
