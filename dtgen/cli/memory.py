"""The command `dtgen memory`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("memory")
@options.tree
@options.made_from
@options.sources
@options.map_format
def command(
    tree: Path, against: Path | None, kernel: Path | None, include: tuple[Path, ...], format_: str
) -> int:
    """Show the carveouts of /reserved-memory: where they are, who uses them, which overlap.

    \b
    Examples:
      dtgen memory lemans-evk-el2.dtb
      dtgen memory lemans-evk-el2.dtb --against lemans-evk.dtb
      dtgen memory lemans-evk-el2.dtb --format svg > memory.svg
      dtgen memory carrier.dts --kernel ~/linux
    """
    from dtgen.commands import apply
    from dtgen.hardware.memory_map import memory_map
    from dtgen.report import memory

    with process.cache(False) as cache:
        systems = apply.systems(tree, against, process.reader(cache, kernel, include))
    found = memory_map(*systems)
    process.write_table(memory.report(found, format_, process.style(False, False)), format_)
    return CLEAN
