"""The commands, one a file, and how they are run.

A command takes its options, calls what does the work, writes the report and returns its exit code
(`exit.py`). Heavy imports stay inside of it, so that each starts at once.
"""

from __future__ import annotations

import gc
import sys

import click

from dtgen import __version__
from dtgen.cli import exit, output, terminal
from dtgen.modules import Modules


class _Commands(Modules[click.Command]):
    def __getitem__(self, name: str) -> click.Command:
        command = super().__getitem__(name)
        # click cuts off what it takes from the help itself, in the list of commands and in shells
        command.short_help = (command.help or "").partition("\n\n")[0].replace("\n", " ").rstrip(".")
        return terminal.with_color(command)


COMMANDS = _Commands(
    __name__,
    (
        "apply",
        "bindings",
        "build",
        "check",
        "collect",
        "completion",
        "config",
        "deliver",
        "diagnose",
        "diff",
        "doctor",
        "explain",
        "format",
        "help",
        "import_",
        "list",
        "live",
        "memory",
        "new",
        "render",
        "rules",
        "schema",
        "show",
        "streams",
        "validate",
    ),
    "command",
)


@click.group(
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings at error level, 2 usage or environment, 3 a bug in dtgen.",
)
@click.version_option(__version__, "-V", "--version", prog_name="dtgen")
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
      dtgen new mine --base my-board.dtb           begin a description of a board
      dtgen import my-el2.dtso                     a description of an overlay that exists
      dtgen apply base.dtb a.dtbo b.dtbo -o out.dtb
      dtgen diff base.dtb overlay.dtbo             what an overlay would do
      dtgen diagnose boot.log --board lemans       why a board did not come up
      dtgen explain attach-overlap                 why a finding is one, and what to do
      dtgen validate merged.dtb --against base.dtb what it has wrong that its base has not
      dtgen check                                  all files of a repository, for pre-commit and CI
      dtgen deliver lemans --kernel ~/linux        what loaders and builds read, every stack proved
      dtgen doctor                                 what is installed and what is missing
    """


def main() -> None:
    """Run a command and exit."""
    if sys.stdout is sys.__stdout__:  # else we are somebody's guest, a test's for one
        output.hold()
        exit.take_signals()
    code = exit.run(cli)
    gc.freeze()  # Python looks for garbage once more on its way out
    sys.exit(code)
