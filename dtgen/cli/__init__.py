"""The commands, one a file, and the one door where exceptions become output and exit codes.

A command parses, calls, writes and returns its exit code. No logic; heavy imports stay inside of it.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback

import click

from dtgen import __version__
from dtgen.cli import (
    apply,
    bindings,
    build,
    check,
    completion,
    diff,
    doctor,
    explain,
    format,
    list,
    memory,
    process,
    render,
    rules,
    schema,
    show,
    streams,
    validate,
)
from dtgen.errors import Rejected, ToolError

COMMANDS = (
    apply,
    bindings,
    build,
    check,
    completion,
    diff,
    doctor,
    explain,
    format,
    list,
    memory,
    render,
    rules,
    schema,
    show,
    streams,
    validate,
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings at error level, 2 usage or environment, 3 a bug in dtgen.",
)
@click.version_option(__version__, prog_name="dtgen")
def cli() -> None:
    """Generate, apply and validate device-tree overlays for Linux at EL2 on Qualcomm SoCs.

    A board description in YAML becomes an overlay; the overlay is compiled, applied to base
    devicetrees with libfdt, and what it breaks is reported at the line of the description.

    \b
    Examples:
      dtgen list                                   which boards there are
      dtgen build lemans                           on the built-in base
      dtgen build lemans --base lemans-evk.dtb     on a base of yours
      dtgen build lemans --kernel ~/linux          on every board of a kernel tree
      dtgen apply base.dtb a.dtbo b.dtbo -o out.dtb
      dtgen diff base.dtb overlay.dtbo             what an overlay would do
      dtgen explain attach-overlap                 why a finding is one, and what to do
      dtgen validate merged.dtb --against base.dtb what it has wrong that its base has not
      dtgen check                                  all files of a repository, for pre-commit and CI
      dtgen doctor                                 what is installed and what is missing
    """


for module in COMMANDS:
    cli.add_command(module.command)


def main() -> None:
    """The one door where exceptions become output and exit codes."""
    # nearly all that a command makes lives until its end: it is in vain to look for garbage often, and then
    gc.set_threshold(100_000, 20, 20)
    code = _run()
    gc.freeze()
    sys.exit(code)


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return process.USAGE
    except ToolError as error:
        return _complain(str(error), error.remedy)
    except Rejected as error:
        from dtgen.report import text
        from dtgen.report.style import Style

        click.echo(text.diagnostics(error.diagnostics, Style()), err=True, nl=False)
        return process.FINDINGS
    except (KeyboardInterrupt, click.Abort):
        click.echo("dtgen: interrupted", err=True)
        return process.INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has gone; what is left in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return process.CLEAN
    except Exception:  # noqa: BLE001  whatever is left is a bug of ours
        traceback.print_exc()
        click.echo("dtgen: this is a bug in dtgen; please report it with the lines above", err=True)
        return process.BUG
    return code if isinstance(code, int) else process.CLEAN


def _complain(message: str, remedy: str) -> int:
    click.echo(f"dtgen: error: {message}", err=True)
    if remedy:
        click.echo(f"    help: {remedy}", err=True)
    return process.USAGE
