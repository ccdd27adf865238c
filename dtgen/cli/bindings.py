"""The commands `dtgen bindings status`, `build` and `clear`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN
from dtgen.words import counted


@click.group("bindings")
def command() -> None:
    """The prepared sets of bindings in the cache.

    Whatever validates prepares the bindings that it needs, once per content. These commands show what
    is there, prepare a set ahead of time, and remove them all.

    \b
    Examples:
      dtgen bindings status
      dtgen bindings build ~/linux
      dtgen bindings clear
    """


@command.command("status")
@options.format_
def status(format_: str) -> int:
    """List the prepared sets, and whether their schemas have changed since.

    \b
    Example:
      dtgen bindings status
    """
    from dtgen.bindings.schemas.cache import sets
    from dtgen.project.layout import cache_directory
    from dtgen.report import prepared

    cache = cache_directory()
    process.write(prepared.report(sets(cache), cache, format_, process.style(False, False)))
    return CLEAN


@command.command("build")
@click.argument("source", type=options.FILE, required=False, metavar="[DIR|FILE]")
@options.looks
def build(source: Path | None, quiet: bool, verbose: bool) -> int:
    """Prepare the bindings of a kernel tree, of a directory, or the built-in ones.

    Schemas that cannot be used are named and left out.

    \b
    Example:
      dtgen bindings build ~/linux
    """
    from dtgen.bindings.select import choose
    from dtgen.report import text
    from dtgen.report.progress import bar

    with process.cache(False, needed=True) as cache, bar(not quiet) as progress:
        found = choose(source, cache, progress)
    style = process.style(quiet, verbose)
    process.write(text.diagnostics(found.problems, style))
    if not quiet:
        process.write(f"{found.name}: {found.schemas:,} schemas are prepared\n")
    return CLEAN


@command.command("clear")
def clear() -> int:
    """Remove the prepared sets, and the results that were had with them.

    \b
    Example:
      dtgen bindings clear
    """
    from dtgen.bindings.schemas import cache
    from dtgen.project.layout import cache_directory
    from dtgen.report.prepared import size_text

    directory = cache_directory()
    count, size = cache.clear(directory)
    process.write(f"removed {counted(count, 'file')} ({size_text(size)}) from {directory}\n")
    return CLEAN
