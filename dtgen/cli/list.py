"""The command `dtgen list`."""

from __future__ import annotations

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("list")
@options.format_
def command(format_: str) -> int:
    """List the boards: yours, with their files, and the built-in ones.

    \b
    Example:
      dtgen list
    """
    from dtgen.report import boards

    process.write_table(boards.listing(process.finder(), format_), format_)
    return CLEAN
