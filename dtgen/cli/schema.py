"""The command `dtgen schema`."""

from __future__ import annotations

import click

from dtgen.cli import process


@click.command("schema")
@click.argument("name", type=click.Choice(["board", "report"]))
def command(name: str) -> int:
    """Print the JSON Schema of a board description, or of what --format json writes.

    \b
    Example:
      dtgen schema board > board.schema.json
    """
    from dtgen import project

    file = {"board": project.board_schema, "report": project.report_schema}[name]()
    process.write(file.read_text(encoding="utf-8"))
    return process.CLEAN
