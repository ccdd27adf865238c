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
@options.sources
@options.format_
@options.looks
def command(
    old: Path,
    new: Path,
    symbols: Path | None,
    kernel: Path | None,
    include: tuple[Path, ...],
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Show how two trees differ, what an overlay would do to a base, or how two descriptions differ.

    Nodes are named by label, references are shown as &label and compared by what they refer to,
    cells are grouped as the property has them. Of two descriptions (.yaml, or boards by name) it is shown
    what their overlays differ in. Exits with 0 where nothing differs, 1 where something does.

    \b
    Examples:
      dtgen diff old.dtb new.dtb
      dtgen diff lemans-evk.dtb lemans-el2.dtbo
      dtgen diff carrier.dts mine-el2.dtso --kernel ~/linux
      dtgen diff boards/mine.yaml lemans
    """
    from dtgen.commands import apply, diff
    from dtgen.report import DIFFERENCES

    finder = process.finder()
    if diff.are_descriptions(old, new, finder):
        result = diff.descriptions(old, new, finder)
    else:
        with process.cache(False) as cache:
            reader = process.reader(cache, kernel, include)
            result = apply.differences(old, new, symbols, finder, reader)
    process.write(DIFFERENCES[format_](result, process.style(quiet, verbose)))
    return exit_code(result, differs=bool(result.changes))
