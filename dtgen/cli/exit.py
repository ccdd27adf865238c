"""What makes an exit code, and the one door where exceptions become output and exit codes."""

from __future__ import annotations

import signal
import sys
from typing import Any, Protocol

import click

from dtgen.errors import Rejected, ToolError

CLEAN, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
_SIGNALLED = 128
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Result(Protocol):
    """What became of a run."""

    @property
    def errors(self) -> int: ...


class Terminated(BaseException):
    """A signal has ended the process, other than Ctrl-C."""

    def __init__(self, number: int) -> None:
        self.number = number


def take_signals() -> None:
    """Ctrl-C, SIGTERM and SIGHUP end what was begun: programs at once, files and processes on the way out."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and what a shell starts with &
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    for each in _ENDING:  # the way out is short
        signal.signal(each, signal.SIG_IGN)
    end = KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)
    # imported by whoever starts a program; most commands have started none when they say how they are used
    children: Any = sys.modules.get("dtgen.jobs.children")
    if not hasattr(children, "interrupt"):
        raise end
    children.interrupt(end)


def exit_code(*results: Result, differs: bool = False) -> int:
    """Of what a command found. `differs`: whether files are not as they should be, or not alike."""
    return FINDINGS if differs or any(result.errors for result in results) else CLEAN


def run(command: click.Command) -> int:
    """Run what the command line says; its exit code."""
    try:
        code = command.main(prog_name="dtgen", standalone_mode=False)
    except click.NoSuchOption as error:
        # click finds the nearest first, and then shows all in the order of the alphabet
        click.NoSuchOption(error.option_name, None, (error.possibilities or [])[:1], error.ctx).show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return USAGE
    except ToolError as error:
        return _complain(str(error), error.remedy)
    except Rejected as error:
        from dtgen.cli import process
        from dtgen.report import text

        style = process.style_of(sys.stderr)
        click.echo(text.diagnostics(error.diagnostics, style), err=True, nl=False, color=style.color)
        return FINDINGS
    except (KeyboardInterrupt, click.Abort):
        click.echo("dtgen: interrupted", err=True)
        return INTERRUPTED
    except Terminated as end:
        click.echo(f"dtgen: ended by {signal.Signals(end.number).name}", err=True)
        return _SIGNALLED + end.number
    except Exception:  # noqa: BLE001  whatever is left is a bug of ours
        import traceback

        traceback.print_exc()
        click.echo("dtgen: this is a bug in dtgen; please report it with the lines above", err=True)
        return BUG
    return code if isinstance(code, int) else CLEAN


def _complain(message: str, remedy: str) -> int:
    click.echo(f"dtgen: error: {message}", err=True)
    if remedy:
        click.echo(f"    help: {remedy}", err=True)
    return USAGE
