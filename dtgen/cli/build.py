"""The command `dtgen build`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("build")
@click.argument("board", required=False, shell_complete=options.complete_board)
@click.option("--all", "every", is_flag=True, help="Build every board; with a BOARD: the same as --show-all.")
@click.option(
    "--base", "bases", multiple=True, type=options.FILE, metavar="FILE",
    help="A base to apply the overlay to, a .dtb or .dts; can be repeated.",
)  # fmt: skip
@click.option(
    "--kernel", type=options.FILE, metavar="DIR",
    help="A kernel tree: headers, bindings, and, without --base, every base that the description names.",
)  # fmt: skip
@options.include
@options.bindings
@click.option(
    "-o", "--output", type=options.FILE, metavar="DIR",
    help="Where to write; default build/<board>. With --all, a directory for each board is made in it.",
)  # fmt: skip
@options.symbols
@options.show_all
@click.option(
    "--update", is_flag=True,
    help="Write nothing but the committed .dtso and .dtbo files that are not what the description gives now.",
)  # fmt: skip
@options.engine
@options.no_cache
@options.findings_format
@options.reports
@options.looks
def command(
    board: str | None,
    every: bool,
    bases: tuple[Path, ...],
    kernel: Path | None,
    include: tuple[Path, ...],
    bindings: Path | None,
    output: Path | None,
    symbols: Path | None,
    everything: bool,
    update: bool,
    engine: str,
    no_cache: bool,
    format_: str,
    page: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Build a board's overlay, apply it to bases and validate the merged trees.

    BOARD is a name (see `dtgen list`) or a description's file. Written are <overlay>.dtso,
    <overlay>.dtbo and, for each base that the overlay fits, <base>-<suffix>.dtb.

    The report has the findings that the overlay introduces, those that it fixes, and a count of those that
    the base has itself; only introduced errors make the exit code 1.

    \b
    Examples:
      dtgen build lemans
      dtgen build lemans --base lemans-evk.dtb --base qcs9100-ride.dtb
      dtgen build lemans --base lemans-evk.dtb --bindings ~/linux
      dtgen build --all --kernel ~/linux -o out/
      dtgen build my-board.yaml --format json
      dtgen build lemans --kernel ~/linux --report report.html
      dtgen build --all --kernel ~/linux --report pages/
      dtgen build mine --update
    """
    if board is not None:
        every, everything = False, everything or every
    elif not every:
        raise click.UsageError("give either a BOARD or --all")
    if every and bases:
        raise click.UsageError("--base is for one board; use --kernel with --all")
    if update and output:
        raise click.UsageError("--update writes where the files are: leave out -o")
    process.keep(page, *bases, kernel, bindings, symbols)
    from dtgen.bindings.select import Way
    from dtgen.commands.build import Builder, BuildRequest
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar

    finder = process.finder()
    names = list(finder.boards()) if board is None else [board]
    results = []
    with bar(not quiet) as progress, process.cache(no_cache) as cache:
        settings, reader = process.settings(), process.reader(cache, kernel, include)
        way = Way(plain=engine == "dtschema")
        bindings, viewed = process.bindings(bindings), page is not None
        builder = Builder(
            finder, reader.kernel, bindings, symbols, progress, cache, settings.severities, way, viewed,
            reader.include,
        )  # fmt: skip
        for name in names:
            directory = output / name if output and every else output
            request = BuildRequest(name, bases, directory, every)
            if not update:
                results.append(builder.build(request))
                continue
            from dtgen.commands.update import nothing_committed, rewrite

            if updated := rewrite(builder, request, settings):
                results.append(updated)
            elif not every:
                raise nothing_committed(name, finder, settings)
    if page:
        from dtgen.commands.record import record, sources
        from dtgen.report import html

        boards, described = sources(names, finder)
        inputs = (*described, *(("symbols", file) for file in (symbols,) if file))
        own = (diagnostic for result in results for diagnostic in result.diagnostics)
        assessments = (base.assessment for result in results for base in result.bases)
        root = reader.kernel.root if reader.kernel else None
        made = record(process.command_line(), own, assessments, inputs, bindings, boards, root)
        if page.is_dir() or not (page.suffix or page.exists()):
            process.save_in(page, html.build_pages(results, made))
        else:
            process.save(html.builds(results, made), page)
    process.write(FORMATS[format_].builds(results, process.style(quiet, verbose, everything)))
    return exit_code(*results)
