"""The command `dtgen config`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("config")
@click.argument("file", type=click.Path(exists=True, path_type=Path), default=Path(), metavar="[FILE]")
@options.format_
def command(file: Path, format_: str) -> int:
    """Show the settings in force for a file, each with where it is said.

    FILE is a file or a directory, by default the current one. Settings are those of the nearest dtgen.toml,
    or of [tool.dtgen] in a pyproject.toml, from FILE upwards; of [[overlay]] the entry that is for FILE.

    \b
    Examples:
      dtgen config
      dtgen config overlays/mine.dtso
    """
    from dtgen.commands.config import in_force
    from dtgen.report import config

    process.write(config.report(list(in_force(file)), format_))
    return CLEAN
