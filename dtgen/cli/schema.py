"""The command `dtgen schema`."""

from __future__ import annotations

import click

from dtgen.cli import process
from dtgen.cli.exit import CLEAN


@click.command("schema")
@click.argument("name", type=click.Choice(["board", "report"]))
def command(name: str) -> int:
    """Print the JSON Schema of a board description, or of what --format json writes.

    \b
    Example:
      dtgen schema board > board.schema.json
    """
    from dtgen.project import files, layout

    file = {"board": layout.board_schema, "report": layout.report_schema}[name]()
    process.write(files.text(file))
    return CLEAN
