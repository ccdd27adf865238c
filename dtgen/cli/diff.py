"""The command `dtgen diff`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("diff")
@click.argument("old", type=options.FILE)
@click.argument("new", type=options.FILE)
@options.symbols
@options.format_
@options.looks
def command(old: Path, new: Path, symbols: Path | None, format_: str, quiet: bool, verbose: bool) -> int:
    """Show how two blobs differ, or what an overlay would do to a base.

    Nodes are named by label, references are shown as &label and compared by what they refer to,
    cells are grouped as the property has them. Exits with 0 for equal trees, 1 for different ones.

    \b
    Examples:
      dtgen diff old.dtb new.dtb
      dtgen diff lemans-evk.dtb lemans-el2.dtbo
    """
    from dtgen.commands import apply
    from dtgen.report import DIFFERENCES

    result = apply.differences(old, new, symbols, process.finder())
    process.write(DIFFERENCES[format_](result, process.style(quiet, verbose)))
    return exit_code(result, differs=bool(result.changes))
