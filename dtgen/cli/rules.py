"""The command `dtgen rules`."""

from __future__ import annotations

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("rules")
@options.format_
def command(format_: str) -> int:
    """List the rules by the stage in which they are checked: id, severity, what each finds.

    A project changes severities (error, warning, info, off) in [tool.dtgen.severity] of its
    pyproject.toml, or in [severity] of its dtgen.toml; a description lets single findings stay with
    `allow:`.

    \b
    Example:
      dtgen rules
    """
    from dtgen.report import rules

    process.write_table(rules.table(format_, process.style(False, False)), format_)
    return CLEAN
