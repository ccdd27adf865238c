"""The command `dtgen validate`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dtgen import __version__
from dtgen.cli import options, process
from dtgen.cli.exit import exit_code
from dtgen.records import dataclass

if TYPE_CHECKING:
    from dtgen.bindings.select import Way
    from dtgen.commands.validate import Run
    from dtgen.report.progress import Bar
    from dtgen.report.style import Style
    from dtgen.results import TreeResult, ValidationResult


def _asked(function: Callable[..., int]) -> Callable[..., int]:
    """The options that say how the bindings are asked, as a `Way`."""

    @functools.wraps(function)
    def command(
        limit: str | None,
        compatible_match: bool,
        show_unmatched: bool,
        engine: str,
        line_number: bool,
        url_path: str | None,
        **others: Any,
    ) -> int:
        from dtgen.bindings.scope import Scope, within
        from dtgen.bindings.select import Way

        del line_number  # every finding has one
        limits = tuple(within(text, url_path or "") for text in limit.split(":")) if limit else ()
        scope = Scope(limits, compatible_match, show_unmatched)
        return function(way=Way(plain=engine == "dtschema", scope=scope), **others)

    return command


@dataclass(frozen=True, slots=True)
class _Report:
    """The text form, as the trees come; or a form for programs, at the end."""

    format: str
    output: Path | None
    style: Style
    quiet: bool

    @property
    def _streamed(self) -> bool:
        return self.format == "text" or self.output is not None

    def trees(self, run: Run, progress: Bar) -> Iterator[TreeResult]:
        """Those of a run, each of which is written as soon as it is there."""
        from dtgen.report import text

        if self._streamed:
            process.write(text.diagnostics(run.bindings.problems, self.style))
        for tree in run.trees:
            if self._streamed:
                with progress.hidden():
                    process.write(text.tree(tree, self.style))
            yield tree

    def end(self, result: ValidationResult) -> None:
        from dtgen.report import FORMATS, text

        if self.output:
            form = FORMATS[self.format].validation
            process.save(form(result, replace(self.style, color=False)), self.output)
        if self._streamed:
            process.write(text.validated(result, self.style))
        else:
            process.write(FORMATS[self.format].validation(result, self.style))


def _reported(function: Callable[..., int]) -> Callable[..., int]:
    """The options that say how findings are reported, as a `_Report`."""

    @functools.wraps(function)
    def command(
        format_: str, output: Path | None, everything: bool, quiet: bool, verbose: bool, **others: Any
    ) -> int:
        style = process.style(quiet, verbose, everything)
        return function(report=_Report(format_, output, style, quiet), **others)

    return command


@click.command("validate")
@click.argument("paths", type=options.FILE, nargs=-1, required=True, metavar="FILE|DIR...")
@click.option(
    "--against", type=options.FILE, metavar="BASE",
    help="What the trees were made from: only what they have wrong in addition is an error.",
)  # fmt: skip
@click.option(
    "--base", type=options.FILE, metavar="BASE",
    help="What the files, which are overlays then, are applied to in their order.",
)  # fmt: skip
@click.option("-n", "--line-number", is_flag=True, hidden=True)  # kbuild and dt-validate's users give them
@click.option("-u", "--url-path", hidden=True)
@click.version_option(__version__, "-V", "--version", prog_name="dtgen")
@click.option(
    "-s", "--schema", "-p", "--preparse", "--bindings", "bindings", type=options.FILE, metavar="DIR|FILE",
    help="A kernel tree, a directory of bindings, or the processed-schema.json of a kernel build.",
)  # fmt: skip
@click.option(
    "-l", "--limit", metavar="TEXT[:TEXT]…",
    help="Ask only the schemas whose $id has one of these texts in it, and nobody else.",
)  # fmt: skip
@click.option(
    "-c", "--compatible-match", is_flag=True,
    help="Ask only the schema of each node's most specific compatible, and nobody else.",
)  # fmt: skip
@click.option("-m", "--show-unmatched", is_flag=True, help="Warn of every compatible that no schema knows.")
@click.option(
    "--kernel", type=options.FILE, metavar="DIR",
    help="A kernel tree, where sources include from; and its bindings, where none are named.",
)  # fmt: skip
@options.include
@options.symbols
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The trees are for Linux at EL2, with firmware that serves PAS there or does not: check that, too.",
)  # fmt: skip
@click.option(
    "--all", "--show-all", "everything", is_flag=True, help="Show what the base has wrong itself, too."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N",
    help="Share the work among N processes; default: one for each processor, where there are many trees.",
)  # fmt: skip
@click.option(
    "--executor", metavar="dask://HOST:PORT",
    help="Share it among the workers of a dask scheduler, in a network that you trust.",
)  # fmt: skip
@click.option(
    "--cache-dir", type=options.FILE, metavar="DIR",
    help="Where results are kept; default: in the cache of dtgen.",
)  # fmt: skip
@click.option(
    "--json-output", type=options.FILE, metavar="FILE",
    help="Write what the bindings say there, in dt-validate's form.",
)  # fmt: skip
@click.option(
    "--no-result-cache", is_flag=True, help="Validate trees that were validated before, and keep no results."
)
@options.engine
@options.no_cache
@options.findings_format
@options.output
@options.report
@options.looks
@_asked
@_reported
def command(
    paths: tuple[Path, ...],
    against: Path | None,
    base: Path | None,
    bindings: Path | None,
    kernel: Path | None,
    include: tuple[Path, ...],
    symbols: Path | None,
    el2: str | None,
    jobs: int | None,
    executor: str | None,
    cache_dir: Path | None,
    json_output: Path | None,
    no_result_cache: bool,
    no_cache: bool,
    page: Path | None,
    way: Way,
    report: _Report,
) -> int:
    """Validate trees: alone, against their base, or overlays on a base.

    The bindings' verdict is that of dt-validate; rules and dtc's checks are added. Sources (.dts, .dtso) are
    compiled, and findings are at their lines. Of a directory, all blobs (*.dtb) below it are validated.
    Results appear in the order of the files; those of a tree that was validated with the same schemas before
    are had from the cache, so that a run that was interrupted goes on where it was. A file that is broken
    does not stop the others.

    Exits with 1 where there is an error that the base does not have.

    \b
    Examples:
      dtgen validate board.dtb --bindings ~/linux
      dtgen validate merged.dtb --against base.dtb --bindings ~/linux
      dtgen validate carrier.dts --kernel ~/linux
      dtgen validate overlay.dtbo --base base.dtb
      dtgen validate overlay.dtbo --base base.dtb --el2 pas
      dtgen validate arch/arm64/boot/dts/ -j 8 -s Documentation/devicetree/bindings/processed-schema.json
      dtgen validate out/ --bindings ~/linux --executor dask://build-farm:8786
      dtgen validate board.dtb --bindings ~/linux -l remoteproc:iommu
    """
    if against and base:
        raise click.UsageError("--against is for trees, --base for overlays: give one of them")
    if base and json_output:
        raise click.UsageError("--json-output is in the form of dt-validate, which has no --base")
    if jobs and executor:
        raise click.UsageError(
            "-j is for the processes of this machine, --executor for those of others: give one of them"
        )
    if base and (jobs or executor):
        option = "-j" if jobs else "--executor"
        raise click.UsageError(f"{option} is for many trees; --base makes one of the files")
    from dtgen.commands import validate
    from dtgen.project.layout import kept_verdicts
    from dtgen.report.progress import bar
    from dtgen.results import ValidationResult

    for written in (report.output, page, json_output):
        process.keep(written, *paths, against, base, bindings, symbols)
    with bar(not report.quiet) as progress, process.cache(no_cache) as cache:
        reader, settings = process.reader(cache, kernel, include), process.settings()
        request = validate.ValidateRequest(
            paths, against, base, process.bindings(bindings), symbols, options.PAS[el2], way,
            None if no_result_cache else cache_dir or kept_verdicts(cache), jobs, executor, page is not None,
            reader.kernel, reader.include,
        )  # fmt: skip
        run = validate.validate(request, process.finder(), settings, cache, progress)
        trees = tuple(report.trees(run, progress))
    result = ValidationResult(trees, run.bindings.problems, run.bindings.name, run.notes)
    if page:
        from dtgen.commands.record import record
        from dtgen.report import html

        what = "overlay" if base else "tree"
        given = (*((file, what) for file in paths), (against, "base"), (base, "base"), (symbols, "symbols"))
        inputs = ((kind, file) for file, kind in given if file)
        assessments = (tree.assessment for tree in trees)
        root = reader.kernel.root if reader.kernel else None
        made = record(
            process.command_line(), run.bindings.problems, assessments, inputs, request.bindings, (), root
        )
        process.save(html.validation(result, made), page)
    if json_output:
        from dtgen.commands.view import compatibles
        from dtgen.report import dt_validate

        process.save(dt_validate.report(result, compatibles(reader)), json_output)
    report.end(result)
    return exit_code(result)
