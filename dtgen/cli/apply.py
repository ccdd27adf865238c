"""The command `dtgen apply`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("apply")
@click.argument("base", type=options.FILE)
@click.argument("overlays", type=options.FILE, nargs=-1, required=True)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", required=True, help="The merged blob.")
@options.symbols
@options.sources
@click.option(
    "--keep-symbols", is_flag=True, help="Keep labels in the output where the base has none of its own."
)
@options.findings_format
@options.looks
def command(
    base: Path,
    overlays: tuple[Path, ...],
    output: Path,
    symbols: Path | None,
    kernel: Path | None,
    include: tuple[Path, ...],
    keep_symbols: bool,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Apply overlays to a base, in their order, and write the merged blob. Sources are compiled.

    All that is wrong is reported at once, and then nothing is written. OUTPUT is none of the inputs; with
    `-` the blob goes to the standard output, and the report to the standard error.

    \b
    Examples:
      dtgen apply lemans-evk.dtb lemans-el2.dtbo -o lemans-evk-el2.dtb
      dtgen apply carrier.dts mine-el2.dtso -o out.dtb --kernel ~/linux
      dtgen apply base.dtb first.dtbo second.dtbo -o out.dtb
      dtgen apply no-labels.dtb x1-el2.dtbo -o out.dtb --symbols ~/linux
    """
    from dtgen.commands import apply
    from dtgen.report import FORMATS

    with process.cache(False) as cache:
        reader = process.reader(cache, kernel, include)
        request = apply.ApplyRequest(base, overlays, reader, symbols, keep_symbols)
        result = apply.apply(request, output, process.finder(), process.settings().severities)
    report = FORMATS[format_].application(result, process.style(quiet, verbose))
    if str(output) == "-":  # where the blob is
        click.echo(report, err=True, nl=False)
    else:
        process.write(report)
    return exit_code(result)
