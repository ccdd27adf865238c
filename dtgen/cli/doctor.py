"""The command `dtgen doctor`."""

from __future__ import annotations

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN, USAGE


@click.command("doctor")
@options.format_
def command(format_: str) -> int:
    """Tell what is installed, in which version, and the remedy for what is missing.

    Exits with 2 where something is missing that every build needs.

    \b
    Example:
      dtgen doctor
    """
    from dtgen.commands.doctor import examine
    from dtgen.report import health

    checks = list(examine())
    process.write_table(health.report(checks, format_, process.style(False, False)), format_)
    return USAGE if any(check.remedy and check.needed for check in checks) else CLEAN
