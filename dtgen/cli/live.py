"""The command `dtgen live`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("live")
@click.argument("running", type=options.FILE, metavar="RUNNING")
@click.argument("built", type=options.FILE, metavar="BUILT.dtb")
@click.option(
    "--board", metavar="NAME", shell_complete=options.complete_board,
    help="The description that it was built from: it says what the overlay wrote.",
)  # fmt: skip
@click.option(
    "--against", type=options.FILE, metavar="BASE.dtb",
    help="What it was built on: it says what the overlay wrote, before the description does.",
)  # fmt: skip
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The trees are for Linux at EL2, with firmware that serves PAS there or does not.",
)  # fmt: skip
@options.format_
@options.looks
def command(
    running: Path,
    built: Path,
    board: str | None,
    against: Path | None,
    el2: str | None,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Compare the tree that runs on a board with the one that was built.

    RUNNING is /sys/firmware/fdt, a copy of it, a directory as /proc/device-tree, or the archive of the
    script of `dtgen collect`. What bootloaders write is set aside and counted; serial numbers,
    addresses, seeds and command lines are blanked when they are read. The rules are run on the tree
    that runs: what they find there and not in the other one is shown.

    Exits with 1 where more differs than bootloaders write.

    \b
    Examples:
      dtgen live /sys/firmware/fdt lemans-evk-el2.dtb --board lemans
      dtgen live dtgen-collect.tar lemans-evk-el2.dtb --against lemans-evk.dtb
    """
    from dtgen.commands import live
    from dtgen.report import live as report

    request = live.LiveRequest(running, built, board, against, options.PAS[el2])
    found = live.live(request, process.finder())
    process.write(report.report(found, format_, process.style(quiet, verbose)))
    return exit_code(found)
