"""The command `dtgen deliver`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


class _Formats(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "format,…"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, ...]:
        from dtgen.commands.deliver import FORMATS

        if not isinstance(value, str):
            return tuple(value) if isinstance(value, tuple) else ()
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        for name in names:
            if name not in FORMATS:
                self.fail(f"there is no format {name}; there are: {', '.join(FORMATS)}", parameter, context)
        return names


def _is_given(option: str) -> bool:
    """Whether it is not the default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT


@click.command("deliver")
@options.board
@click.option(
    "--as", "formats", type=_Formats(), default="makefile", show_default=True,
    help="What to write: makefile, its, fit, qcom, yocto, extlinux, bls, grub, uki, patch.",
)  # fmt: skip
@click.option("--kernel", type=options.FILE, metavar="DIR", help="A kernel tree: bindings, and every base.")
@click.option(
    "--base", "bases", multiple=True, type=options.FILE, metavar="FILE",
    help="A base to deliver for, a .dtb or .dts, in place of the kernel tree's; can be repeated.",
)  # fmt: skip
@options.include
@options.bindings
@click.option(
    "--metadata", type=options.FILE, metavar="FILE", help="qcom-metadata (.dtb, .dts), which qcom needs."
)
@click.option(
    "-o", "--output", type=options.FILE, metavar="DIR", help="Where to write; default build/<board>/deliver."
)
@click.option(
    "--update", is_flag=True, help="Write the stanzas into the kernel tree's Makefile, and nothing else."
)
@options.engine
@options.no_cache
@options.findings_format
@options.report
@options.looks
def command(
    board: str,
    formats: tuple[str, ...],
    kernel: Path | None,
    bases: tuple[Path, ...],
    include: tuple[Path, ...],
    bindings: Path | None,
    metadata: Path | None,
    output: Path | None,
    update: bool,
    engine: str,
    no_cache: bool,
    format_: str,
    page: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write what loaders and builds read, after every stack of it was applied and validated.

    BOARD is a name (see `dtgen list`) or a description's file. The directory becomes a boot partition in
    small: the blobs below dtb/, and the tables where a loader looks for them. Each table is read back and
    its stacks are proved before anything is written; where something is wrong, nothing is.

    \b
    Examples:
      dtgen deliver lemans --kernel ~/linux --as makefile,yocto,extlinux,bls -o out/
      dtgen deliver lemans --base lemans-evk.dtb --as qcom --metadata qcom-metadata.dtb
      dtgen deliver lemans --kernel ~/linux --update
    """
    if update and output:
        raise click.UsageError("--update writes into the kernel tree: leave out -o")
    if update and _is_given("formats"):
        raise click.UsageError("--update writes the stanzas of a Makefile: leave out --as")
    process.keep(page, *bases, kernel, bindings, metadata)
    from dtgen.bindings.select import Way
    from dtgen.commands import deliver
    from dtgen.commands.build import Builder
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar

    directory = output or Path("build") / Path(board).stem / "deliver"
    request = deliver.DeliverRequest(board, formats, directory, bases, metadata, update)
    with bar(not quiet) as progress, process.cache(no_cache) as cache:
        finder, settings = process.finder(), process.settings()
        reader = process.reader(cache, kernel, include)
        if not (reader.kernel or bases or deliver.has_own_bases(board, finder)):
            raise click.UsageError(
                "give --kernel DIR or --base FILE.dtb: the built-in base is not that of a board"
            )
        bindings, way = process.bindings(bindings), Way(plain=engine == "dtschema")
        builder = Builder(
            finder,
            reader.kernel,
            bindings,
            None,
            progress,
            cache,
            settings.severities,
            way,
            page is not None,
            reader.include,
        )
        result = deliver.deliver(builder, request)
    if page:
        from dtgen.commands.record import record, sources
        from dtgen.report import html

        boards, described = sources([board], process.finder())
        assessments = (tree.assessment for tree in result.check.trees)
        inputs = (*described, *(("metadata", file) for file in (metadata,) if file))
        root = reader.kernel.root if reader.kernel else None
        made = record(process.command_line(), result.check.own, assessments, inputs, bindings, boards, root)
        process.save(html.delivery(result, made), page)
    process.write(FORMATS[format_].delivery(result, process.style(quiet, verbose, False)))
    return exit_code(result)
