"""The command `dtgen check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("check")
@click.argument("paths", type=click.Path(exists=True, path_type=Path), nargs=-1, metavar="[PATH]...")
@click.option(
    "--base", "bases", multiple=True, type=options.FILE, metavar="FILE",
    help="What the overlays are applied to, a .dtb or .dts; can be repeated.",
)  # fmt: skip
@click.option("--kernel", type=options.FILE, metavar="DIR", help="A kernel tree: headers, bases, bindings.")
@options.bindings
@options.include
@options.symbols
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The overlays are for Linux at EL2, with firmware that serves PAS there or does not.",
)  # fmt: skip
@click.option(
    "--metadata", type=options.FILE, metavar="FILE",
    help="qcom-metadata (.dts, .dtb), for tables of Qualcomm's FIT; default: the one beside the table.",
)  # fmt: skip
@click.option(
    "--staged", is_flag=True,
    help="For a hook: check PATHs and what depends on files that the commit takes away; neither: nothing.",
)  # fmt: skip
@options.show_all
@options.engine
@options.no_cache
@options.findings_format
@options.output
@options.report
@options.looks
def command(
    paths: tuple[Path, ...],
    bases: tuple[Path, ...],
    kernel: Path | None,
    bindings: Path | None,
    include: tuple[Path, ...],
    symbols: Path | None,
    el2: str | None,
    metadata: Path | None,
    staged: bool,
    everything: bool,
    engine: str,
    no_cache: bool,
    format_: str,
    output: Path | None,
    page: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check the files of a repository, each by its kind, and write nothing.

    PATHs are descriptions, overlays (.dtso, .dts with /plugin/;, .dtbo), bases (.dtb, .dts), bindings, tables
    of loaders and builds (FIT sources and images, FIT_DTB_COMPATIBLE, extlinux.conf, loader entries, kernel
    Makefiles), and directories of them; without any, the current directory. What an overlay is for is said by
    --base, by [[overlay]] of the nearest dtgen.toml, or by the Makefile of a kernel tree. With a base, a
    binding or dtgen.toml, the overlays are checked that depend on it.

    \b
    Examples:
      dtgen check
      dtgen check --base lemans-evk.dtb my-overlay.dtso
      dtgen check fit-dtb-compatible.inc --kernel ~/linux
      dtgen check boards/ overlays/ --format sarif --output dtgen.sarif
    """
    from dtgen.bindings.select import Way
    from dtgen.commands import check
    from dtgen.commands.check_bases import Options
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar

    way = Way(plain=engine == "dtschema")
    chosen = Options(bases, kernel, bindings, include, symbols, options.PAS[el2], way, staged, metadata)
    paths = paths or (() if staged else (Path(),))
    for written in (output, page):
        process.keep(written, *paths, *bases, kernel, bindings, symbols)
    with bar(not quiet) as progress, process.cache(no_cache) as cache:
        result = check.check(paths, chosen, cache, progress)
    style = process.style(quiet, verbose, everything)
    if page:
        from dtgen.commands.record import record
        from dtgen.report import html

        settings = process.settings()
        assessments = (tree.assessment for tree in result.trees)
        inputs = (
            *((file.kind, Path(file.file)) for file in result.files),
            *(("base", base) for base in bases),
        )
        made = record(
            process.command_line(), result.own, assessments, inputs, bindings or settings.bindings, (),
            kernel or settings.kernel,
        )  # fmt: skip
        process.save(html.checks(result, made), page)
    if output:
        process.save(FORMATS[format_].checks(result, replace(style, color=False)), output)
        format_ = "text"
    if result.files or format_ != "text" or not staged:
        process.write(FORMATS[format_].checks(result, style))
    return exit_code(result)
