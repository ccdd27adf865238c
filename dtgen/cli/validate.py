"""The command `dtgen validate`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process


@click.command("validate")
@click.argument("trees", type=options.FILE, nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--against", type=options.FILE, metavar="BASE.dtb",
    help="What the trees were made from: only what they have wrong in addition is an error.",
)  # fmt: skip
@click.option(
    "--base", type=options.FILE, metavar="BASE.dtb",
    help="What the files, which are overlays then, are applied to in their order.",
)  # fmt: skip
@options.bindings
@options.symbols
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The trees are for Linux at EL2, with firmware that serves PAS there or does not: check that, too.",
)  # fmt: skip
@click.option(
    "--all", "--show-all", "everything", is_flag=True, help="Show what the base has wrong itself, too."
)
@options.no_cache
@options.findings_format
@options.looks
def command(
    trees: tuple[Path, ...],
    against: Path | None,
    base: Path | None,
    bindings: Path | None,
    symbols: Path | None,
    el2: str | None,
    everything: bool,
    no_cache: bool,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Validate trees: alone, against their base, or overlays on a base.

    The bindings' verdict is that of dt-validate; rules and dtc's checks are added. Exits with 1 where
    there is an error that the base does not have.

    \b
    Examples:
      dtgen validate board.dtb --bindings ~/linux
      dtgen validate merged.dtb --against base.dtb --bindings ~/linux
      dtgen validate overlay.dtbo --base base.dtb
      dtgen validate overlay.dtbo --base base.dtb --el2 pas
      dtgen validate board.dtb --bindings Documentation/devicetree/bindings/processed-schema.json
    """
    if against and base:
        raise click.UsageError("--against is for trees, --base for overlays: give one of them")
    from dtgen import validation
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar

    request = validation.Request(trees, against, base, bindings, symbols, options.PAS[el2])
    with bar(not quiet) as progress, process.cache(no_cache) as cache:
        result = validation.validate(request, process.finder(), process.settings(), cache, progress)
    process.write(FORMATS[format_].validation(result, process.style(quiet, verbose, everything)))
    return process.FINDINGS if result.errors else process.CLEAN
