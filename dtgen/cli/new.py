"""The command `dtgen new`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("new")
@click.argument("name")
@click.option(
    "--base", required=True, type=options.FILE, metavar="FILE",
    help="The board that it is for, a .dtb or .dts.",
)  # fmt: skip
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The firmware serves PAS to Linux at EL2, or does not; without it a terminal is asked.",
)  # fmt: skip
@click.option(
    "--extends", metavar="BOARD", shell_complete=options.complete_board,
    help="What it extends; default: the description of the base's SoC, where there is one.",
)  # fmt: skip
@click.option(
    "--alone", is_flag=True, help="Extend no description: everything that the base needs is listed."
)
@options.sources
@options.symbols
@options.new_description
@options.no_cache
def command(
    name: str,
    base: Path,
    el2: str | None,
    extends: str | None,
    alone: bool,
    kernel: Path | None,
    include: tuple[Path, ...],
    symbols: Path | None,
    output: Path | None,
    no_cache: bool,
) -> int:
    """Begin a description of a board for Linux at EL2.

    What the base says is filled in: users of PAS, SMMUs and their cells, PCIe controllers, what the
    hypervisor left behind. What only the hardware and its firmware know is left open as TODO, with what is
    asked for; `dtgen build` lists what is still open. No number is invented.

    \b
    Examples:
      dtgen new mine --base my-board.dtb --el2 pas
      dtgen new mine --base my-board.dtb --extends lemans
      dtgen new mine --base my-board.dtb --alone -o boards/mine.yaml
    """
    if extends and alone:
        raise click.UsageError("give either --extends or --alone")
    from dtgen.commands import new, new_file

    kernel, include = process.searched(kernel, include)
    request = new.NewRequest(
        name, base, options.PAS[el2 or _asked()], extends, alone, symbols, kernel, include
    )
    finder = process.finder()
    if output is None:
        new_file.check_free(name, finder)
    with process.cache(no_cache) as cache:
        made = new.new(request, finder, cache)
    process.write(new_file.save(made, output))
    return CLEAN


def _asked() -> str | None:
    """What a person at a terminal says of the firmware; None in a pipe, or where they do not know."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    choice = click.Choice(["pas", "no-pas", "unknown"])
    question = "Does TrustZone serve PAS to Linux at EL2?"
    said: str = click.prompt(question, type=choice, default="unknown", err=True)
    return None if said == "unknown" else said
