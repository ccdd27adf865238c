"""The command `dtgen show`."""

from __future__ import annotations

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("show")
@options.board
@options.format_
def command(board: str, format_: str) -> int:
    """Show the resolved description of a board: what it extends is merged in.

    \b
    Example:
      dtgen show lemans
    """
    from dtgen.description.board import load
    from dtgen.report import boards

    process.write(boards.resolved(load(board, process.finder()), format_))
    return CLEAN
