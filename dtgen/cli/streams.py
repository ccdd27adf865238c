"""The command `dtgen streams`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN


@click.command("streams")
@options.tree
@options.made_from
@options.sources
@options.map_format
def command(
    tree: Path, against: Path | None, kernel: Path | None, include: tuple[Path, ...], format_: str
) -> int:
    """Show the stream map: for each SMMU the stream IDs, and which nodes claim them.

    \b
    Examples:
      dtgen streams lemans-evk-el2.dtb
      dtgen streams lemans-evk-el2.dtb --against lemans-evk.dtb
      dtgen streams lemans-evk-el2.dtb --format svg > streams.svg
      dtgen streams carrier.dts --kernel ~/linux
    """
    from dtgen.commands import apply
    from dtgen.hardware.stream_map import stream_map
    from dtgen.report import streams

    with process.cache(False) as cache:
        systems = apply.systems(tree, against, process.reader(cache, kernel, include))
    found = stream_map(*systems)
    process.write_table(streams.report(found, format_, process.style(False, False)), format_)
    return CLEAN
