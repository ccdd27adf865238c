"""The command `dtgen render`."""

from __future__ import annotations

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("render")
@options.board
def command(board: str) -> int:
    """Write the overlay's source to stdout, without compiling it.

    \b
    Example:
      dtgen render lemans > lemans-el2.dtso
    """
    from dtgen.commands import build

    process.write(build.rendered(board, process.finder()))
    return CLEAN
