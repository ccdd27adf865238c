"""The command `dtgen import`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("import")
@click.argument("overlay", type=options.FILE, metavar="FILE")
@click.option(
    "--base", type=options.FILE, metavar="FILE",
    help="What the overlay is for, a .dtb or .dts: paths get its labels, and the proof is made on it, too.",
)  # fmt: skip
@click.option("--name", help="What the description is called; default: as the file.")
@options.sources
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The overlay is for Linux at EL2, with firmware that serves PAS there or does not.",
)  # fmt: skip
@options.new_description
@options.no_cache
def command(
    overlay: Path,
    base: Path | None,
    name: str | None,
    kernel: Path | None,
    include: tuple[Path, ...],
    el2: str | None,
    output: Path | None,
    no_cache: bool,
) -> int:
    """Make a description of an overlay, a .dtso or a .dtbo.

    The description is rendered and compiled, and compared with FILE, before it is written: nothing is
    written where they differ. What the overlay does not say (what firmware and which boards it is for) is
    left open as TODO; `dtgen build` lists what is open.

    \b
    Examples:
      dtgen import my-el2.dtso --kernel ~/linux
      dtgen import my-el2.dtbo --base my-board.dtb --el2 pas
      dtgen import my-el2.dtso --name mine -o boards/mine.yaml
    """
    from dtgen.commands import import_, new_file

    kernel, include = process.searched(kernel, include)
    request = import_.ImportRequest(overlay, name, base, kernel, include, options.PAS[el2])
    finder = process.finder()
    with process.cache(no_cache) as cache:
        imported = import_.import_(request, finder, cache)
    if output is None:
        new_file.check_free(imported.name, finder)
    process.write(new_file.save(imported, output))
    return CLEAN
