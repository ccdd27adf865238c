"""The commands: parse, call, write, exit. No logic; heavy imports stay inside the commands."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dtgen import __version__
from dtgen.errors import Rejected, ToolError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dtgen.project import Finder
    from dtgen.report.style import Style
    from dtgen.settings import Settings

CLEAN, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130

Function = TypeVar("Function", bound=Callable[..., Any])

_EXISTING_FILE = click.Path(path_type=Path)
_PAS: dict[str | None, bool | None] = {None: None, "pas": True, "no-pas": False}


def _complete_board(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    del context, parameter
    return [CompletionItem(name) for name in _finder().boards() if name.startswith(start)]


_board = click.argument("board", shell_complete=_complete_board)


_format = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_findings_format = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "sarif", "github"]), default="text",
    show_default=True, help="How findings are told: to people, programs, code scanning, GitHub.",
)  # fmt: skip
_bindings = click.option(
    "--bindings", type=_EXISTING_FILE, metavar="DIR|FILE",
    help="A kernel tree, a directory of bindings, or the processed-schema.json of a kernel build.",
)  # fmt: skip
_no_cache = click.option(
    "--no-cache", is_flag=True, help="Prepare and compile everything anew, and keep nothing."
)
_symbols = click.option(
    "--symbols", type=_EXISTING_FILE, metavar="FILE|DIR",
    help="Where the labels of a base without any are: a .dtb or .dts, or a kernel tree.",
)  # fmt: skip


def _looks(function: Function) -> Function:
    """The options that say how output looks."""
    function = click.option("-v", "--verbose", is_flag=True, help="Show more: original messages, lists.")(
        function
    )
    return click.option("-q", "--quiet", is_flag=True, help="Show findings only.")(function)


def _settings() -> Settings:
    from dtgen import rules, settings

    return settings.load(Path.cwd(), rules.ADJUSTABLE)


def _finder() -> Finder:
    from dtgen.project import Finder

    return Finder.from_directory(Path.cwd())


@contextmanager
def _cache(unwanted: bool) -> Iterator[Path]:
    """The user's cache, or an empty one that is gone when the command ends."""
    import tempfile

    from dtgen.project import cache_directory

    if not unwanted:
        yield cache_directory()
        return
    with tempfile.TemporaryDirectory(prefix="dtgen-") as name:
        yield Path(name)


def _style(quiet: bool, verbose: bool, everything: bool = False) -> Style:
    from dtgen.report.style import Style

    terminal = sys.stdout is not None and sys.stdout.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(color, verbose - quiet, everything)


def _write(text: str) -> None:
    """Raises: ToolError where stdout cannot take it (a full disk).

    A reader that has gone changes nothing of what the command found, nor of its exit code.
    """
    if sys.stdout is None:
        raise ToolError("cannot write to the standard output: it is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again at exit
        if isinstance(error, BrokenPipeError):
            return
        raise ToolError(f"cannot write to the standard output: {error.strerror}") from error


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings at error level, 2 usage or environment, 3 a bug in dtgen.",
)
@click.version_option(__version__, prog_name="dtgen")
def cli() -> None:
    """Generate, apply and validate device-tree overlays for Linux at EL2 on Qualcomm SoCs.

    A board description in YAML becomes an overlay; the overlay is compiled, applied to base
    devicetrees with libfdt, and what it breaks is reported at the line of the description.

    \b
    Examples:
      dtgen list                                   which boards there are
      dtgen build lemans                           on the built-in base
      dtgen build lemans --base lemans-evk.dtb     on a base of yours
      dtgen build lemans --kernel ~/linux          on every board of a kernel tree
      dtgen apply base.dtb a.dtbo b.dtbo -o out.dtb
      dtgen diff base.dtb overlay.dtbo             what an overlay would do
      dtgen explain attach-overlap                 why a finding is one, and what to do
      dtgen validate merged.dtb --against base.dtb what it has wrong that its base has not
      dtgen check                                  all files of a repository, for pre-commit and CI
      dtgen doctor                                 what is installed and what is missing
    """


@cli.command()
@click.argument("board", required=False, shell_complete=_complete_board)
@click.option("--all", "every", is_flag=True, help="Build every board; with a BOARD: the same as --show-all.")
@click.option(
    "--base", "bases", multiple=True, type=_EXISTING_FILE, metavar="FILE.dtb",
    help="A compiled base to apply the overlay to; can be repeated.",
)  # fmt: skip
@click.option(
    "--kernel", type=_EXISTING_FILE, metavar="DIR",
    help="A kernel tree: its bindings, and, without --base, every base that the description names.",
)  # fmt: skip
@_bindings
@click.option(
    "-o", "--output", type=_EXISTING_FILE, metavar="DIR",
    help="Where to write; default build/<board>. With --all, a directory for each board is made in it.",
)  # fmt: skip
@_symbols
@click.option(
    "--show-all", "everything", is_flag=True, help="Show what the bases have wrong themselves, too."
)
@click.option(
    "--update", is_flag=True,
    help="Write nothing but the committed .dtso and .dtbo files that are not what the description gives now.",
)  # fmt: skip
@_no_cache
@_findings_format
@_looks
def build(
    board: str | None,
    every: bool,
    bases: tuple[Path, ...],
    kernel: Path | None,
    bindings: Path | None,
    output: Path | None,
    symbols: Path | None,
    everything: bool,
    update: bool,
    no_cache: bool,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Build a board's overlay, apply it to bases and validate the merged trees.

    BOARD is a name (see `dtgen list`) or a description's file. Written are <overlay>.dtso,
    <overlay>.dtbo and, for each base that the overlay fits, <base>-<suffix>.dtb.

    Told are the findings that the overlay introduces, those that it fixes, and a count of those that
    the base has itself; only introduced errors make the exit code 1.

    \b
    Examples:
      dtgen build lemans
      dtgen build lemans --base lemans-evk.dtb --base qcs9100-ride.dtb
      dtgen build lemans --base lemans-evk.dtb --bindings ~/linux
      dtgen build --all --kernel ~/linux -o out/
      dtgen build my-board.yaml --format json
      dtgen build mine --update
    """
    if board is not None:
        every, everything = False, everything or every
    elif not every:
        raise click.UsageError("give either a BOARD or --all")
    if every and bases:
        raise click.UsageError("--base is for one board; use --kernel with --all")
    if update and output:
        raise click.UsageError("--update writes where the files are: leave -o away")
    from dtgen import generated
    from dtgen.pipeline import Builder, Request
    from dtgen.project import KernelTree
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar

    finder = _finder()
    names = list(finder.boards()) if board is None else [board]
    tree = KernelTree.at(kernel) if kernel else None
    results = []
    with bar(not quiet) as progress, _cache(no_cache) as cache:
        settings = _settings()
        builder = Builder(finder, tree, bindings, symbols, progress, cache, settings.severities)
        for name in names:
            directory = output / name if output and every else output
            request = Request(name, bases, directory)
            if not update:
                results.append(builder.build(request))
            elif updated := generated.update(builder, request, settings):
                results.append(updated)
            elif not every:
                raise generated.nothing_committed(name, finder, settings)
    _write(FORMATS[format_].builds(results, _style(quiet, verbose, everything)))
    return FINDINGS if any(result.errors for result in results) else CLEAN


@cli.command()
@click.argument("base", type=_EXISTING_FILE)
@click.argument("overlays", type=_EXISTING_FILE, nargs=-1, required=True)
@click.option("-o", "--output", type=_EXISTING_FILE, metavar="FILE", required=True, help="The merged blob.")
@_symbols
@click.option(
    "--keep-symbols", is_flag=True, help="Keep labels in the output where the base has none of its own."
)
@_findings_format
@_looks
def apply(
    base: Path,
    overlays: tuple[Path, ...],
    output: Path,
    symbols: Path | None,
    keep_symbols: bool,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Apply overlays to a base, in their order, and write the merged blob.

    All that is wrong is told at once, and then nothing is written. OUTPUT may be BASE.

    \b
    Examples:
      dtgen apply lemans-evk.dtb lemans-el2.dtbo -o lemans-evk-el2.dtb
      dtgen apply base.dtb first.dtbo second.dtbo -o out.dtb
      dtgen apply no-labels.dtb x1-el2.dtbo -o out.dtb --symbols ~/linux
    """
    from dtgen import application
    from dtgen.report import FORMATS

    request = application.Request(base, overlays, symbols, keep_symbols)
    result = application.apply(request, output, _finder(), _settings().severities)
    _write(FORMATS[format_].application(result, _style(quiet, verbose)))
    return FINDINGS if result.errors else CLEAN


@cli.command()
@click.argument("trees", type=_EXISTING_FILE, nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--against", type=_EXISTING_FILE, metavar="BASE.dtb",
    help="What the trees were made from: only what they have wrong in addition is an error.",
)  # fmt: skip
@click.option(
    "--base", type=_EXISTING_FILE, metavar="BASE.dtb",
    help="What the files, which are overlays then, are applied to in their order.",
)  # fmt: skip
@_bindings
@_symbols
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The trees are for Linux at EL2, with firmware that serves PAS there or does not: check that, too.",
)  # fmt: skip
@click.option(
    "--all", "--show-all", "everything", is_flag=True, help="Show what the base has wrong itself, too."
)
@_no_cache
@_findings_format
@_looks
def validate(
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

    request = validation.Request(trees, against, base, bindings, symbols, _PAS[el2])
    with bar(not quiet) as progress, _cache(no_cache) as cache:
        result = validation.validate(request, _finder(), _settings(), cache, progress)
    _write(FORMATS[format_].validation(result, _style(quiet, verbose, everything)))
    return FINDINGS if result.errors else CLEAN


@cli.command()
@click.argument("paths", type=click.Path(exists=True, path_type=Path), nargs=-1, metavar="[PATH]...")
@click.option(
    "--base", "bases", multiple=True, type=_EXISTING_FILE, metavar="FILE",
    help="What the overlays are applied to, a .dtb or .dts; can be repeated.",
)  # fmt: skip
@click.option("--kernel", type=_EXISTING_FILE, metavar="DIR", help="A kernel tree: headers, bases, bindings.")
@_bindings
@click.option(
    "-I", "--include", multiple=True, type=_EXISTING_FILE, metavar="DIR",
    help="Where sources include from, besides the kernel tree; can be repeated.",
)  # fmt: skip
@_symbols
@click.option(
    "--el2", type=click.Choice(["pas", "no-pas"]),
    help="The overlays are for Linux at EL2, with firmware that serves PAS there or does not.",
)  # fmt: skip
@click.option(
    "--show-all", "everything", is_flag=True, help="Show what the bases have wrong themselves, too."
)
@_no_cache
@_findings_format
@click.option(
    "--output", type=_EXISTING_FILE, metavar="FILE",
    help="Write the report there, and the text form to stdout.",
)  # fmt: skip
@_looks
def check(
    paths: tuple[Path, ...],
    bases: tuple[Path, ...],
    kernel: Path | None,
    bindings: Path | None,
    include: tuple[Path, ...],
    symbols: Path | None,
    el2: str | None,
    everything: bool,
    no_cache: bool,
    format_: str,
    output: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check the files of a repository, each by its kind, and write nothing.

    PATHs are descriptions, overlays (.dtso, .dts with /plugin/;, .dtbo), bases (.dtb, .dts), bindings, and
    directories of them; without any, the current directory. What an overlay is for is said by --base, by
    [[overlay]] of the nearest dtgen.toml, or by the Makefile of a kernel tree. With a base, a binding or
    dtgen.toml, the overlays are checked that depend on it.

    \b
    Examples:
      dtgen check
      dtgen check --base lemans-evk.dtb my-overlay.dtso
      dtgen check boards/ overlays/ --format sarif --output dtgen.sarif
    """
    from dtgen import checking
    from dtgen.files import write_atomically
    from dtgen.report import FORMATS
    from dtgen.report.progress import bar
    from dtgen.targets import Options

    options = Options(bases, kernel, bindings, include, symbols, _PAS[el2])
    with bar(not quiet) as progress, _cache(no_cache) as cache:
        result = checking.check(paths or (Path(),), options, cache, progress)
    style = _style(quiet, verbose, everything)
    if output:
        write_atomically(output, FORMATS[format_].checks(result, replace(style, color=False)).encode())
        format_ = "text"
    _write(FORMATS[format_].checks(result, style))
    return FINDINGS if result.errors else CLEAN


@cli.command(name="rules")
@_format
def rules_(format_: str) -> int:
    """List the rules: id, severity, what each finds.

    A project changes severities (error, warning, info, off) in [tool.dtgen.severity] of its
    pyproject.toml, or in [severity] of its dtgen.toml; a description lets single findings stay with
    `allow:`.

    \b
    Example:
      dtgen rules
    """
    from dtgen.report import rules

    _write(rules.table(format_, _style(False, False)))
    return CLEAN


def _complete_rule(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from dtgen.rules import ALL

    del context, parameter
    return [CompletionItem(name) for name in ALL if name.startswith(start)]


_tree = click.argument("tree", type=_EXISTING_FILE, metavar="FILE.dtb")
_made_from = click.option(
    "--against", type=_EXISTING_FILE, metavar="BASE.dtb",
    help="What the tree was made from: what it has in addition is marked.",
)  # fmt: skip


@cli.command()
@click.argument("rule", shell_complete=_complete_rule)
def explain(rule: str) -> int:
    """Tell the whole story of a rule: why, examples, the fix, and the source that it rests on.

    \b
    Example:
      dtgen explain attach-overlap
    """
    from dtgen.report import rules

    _write(rules.explained(rule, _style(False, False)))
    return CLEAN


@cli.command()
@_tree
@_made_from
@_format
def streams(tree: Path, against: Path | None, format_: str) -> int:
    """Show the stream map: for each SMMU the stream IDs, and which nodes claim them.

    \b
    Examples:
      dtgen streams lemans-evk-el2.dtb
      dtgen streams lemans-evk-el2.dtb --against lemans-evk.dtb
    """
    from dtgen import application
    from dtgen.hardware.stream_map import stream_map
    from dtgen.report import streams

    found = stream_map(*application.systems(tree, against))
    _write(streams.report(found, format_, _style(False, False)))
    return CLEAN


@cli.command()
@_tree
@_made_from
@_format
def memory(tree: Path, against: Path | None, format_: str) -> int:
    """Show the carveouts of /reserved-memory: where they are, who uses them, which overlap.

    \b
    Examples:
      dtgen memory lemans-evk-el2.dtb
      dtgen memory lemans-evk-el2.dtb --against lemans-evk.dtb
    """
    from dtgen import application
    from dtgen.hardware.memory_map import memory_map
    from dtgen.report import memory

    found = memory_map(*application.systems(tree, against))
    _write(memory.report(found, format_, _style(False, False)))
    return CLEAN


@cli.command(name="format")
@click.argument("sources", type=_EXISTING_FILE, nargs=-1, required=True, metavar="FILE.dtso...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show how the files would change.")
@click.option(
    "-I", "--include", type=_EXISTING_FILE, multiple=True, metavar="DIR",
    help="Where files are that a source includes; can be repeated.",
)  # fmt: skip
@click.option(
    "--kernel", type=_EXISTING_FILE, metavar="DIR",
    help="A kernel tree whose files the sources include; default: the one that a source lies in.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def format_command(
    sources: tuple[Path, ...],
    check: bool,
    diff: bool,
    include: tuple[Path, ...],
    kernel: Path | None,
    quiet: bool,
) -> int:
    """Bring overlay sources into the kernel's style.

    Put right is what needs no judgement: the order of label references, tabs, blank lines, one
    property a line, hex digits in lower case, aligned values, white space at the end. Comments stay
    with what they belong to; properties stay in their order.

    Each source is compiled before and after. One whose blob would not do the same, or that does not
    compile, is left as it is and named, and the exit code is 1.

    \b
    Examples:
      dtgen format my-overlay.dtso
      dtgen format --check *.dtso             for CI: exits with 1 if a file would change
      dtgen format --diff lemans-el2.dtso     show the changes, in the form that patch takes
      dtgen format board.dtso --kernel ~/linux
    """
    from dtgen import formatting
    from dtgen.project import KernelTree
    from dtgen.report import formatted

    tree = KernelTree.at(kernel) if kernel else None
    write = not (check or diff)
    result = formatting.reformat(formatting.Request(sources, include, tree), write)
    _write(formatted.report(result, write, diff, _style(quiet, False)))
    return FINDINGS if result.errors or (result.changed and not write) else CLEAN


@cli.group()
def bindings() -> None:
    """The prepared sets of bindings in the cache.

    Whatever validates prepares the bindings that it needs, once per content. These commands show what
    is there, prepare a set ahead of time, and remove them all.

    \b
    Examples:
      dtgen bindings status
      dtgen bindings build ~/linux
      dtgen bindings clear
    """


@bindings.command()
@_format
def status(format_: str) -> int:
    """List the prepared sets, and whether their schemas have changed since.

    \b
    Example:
      dtgen bindings status
    """
    from dtgen.bindings import kept
    from dtgen.project import cache_directory
    from dtgen.report import prepared

    cache = cache_directory()
    _write(prepared.report(kept.sets(cache), cache, format_, _style(False, False)))
    return CLEAN


@bindings.command(name="build")
@click.argument("source", type=_EXISTING_FILE, required=False, metavar="[DIR|FILE]")
@_looks
def build_bindings(source: Path | None, quiet: bool, verbose: bool) -> int:
    """Prepare the bindings of a kernel tree, of a directory, or the built-in ones.

    Schemas that cannot be used are named and left out.

    \b
    Example:
      dtgen bindings build ~/linux
    """
    from functools import partial

    from dtgen.bindings.choice import choose
    from dtgen.project import cache_directory
    from dtgen.report import text
    from dtgen.report.progress import bar

    with bar(not quiet) as progress:
        found = choose(source, False, cache_directory(), partial(progress, "preparing bindings"))
    style = _style(quiet, verbose)
    _write(text.diagnostics(found.problems, style))
    if not quiet:
        _write(f"{found.name}: {found.schemas:,} schemas are prepared\n")
    return CLEAN


@bindings.command()
def clear() -> int:
    """Remove the prepared sets, and the results that were had with them.

    \b
    Example:
      dtgen bindings clear
    """
    from dtgen.bindings import kept
    from dtgen.project import cache_directory
    from dtgen.report.prepared import size_text

    cache = cache_directory()
    count, size = kept.clear(cache)
    _write(f"removed {count} {'file' if count == 1 else 'files'} ({size_text(size)}) from {cache}\n")
    return CLEAN


@cli.command()
@click.argument("old", type=_EXISTING_FILE)
@click.argument("new", type=_EXISTING_FILE)
@_symbols
@_format
@_looks
def diff(old: Path, new: Path, symbols: Path | None, format_: str, quiet: bool, verbose: bool) -> int:
    """Show how two blobs differ, or what an overlay would do to a base.

    Nodes are named by label, references are shown as &label and compared by what they refer to,
    cells are grouped as the property has them. Exits with 0 for equal trees, 1 for different ones.

    \b
    Examples:
      dtgen diff old.dtb new.dtb
      dtgen diff lemans-evk.dtb lemans-el2.dtbo
    """
    from dtgen import application
    from dtgen.report import DIFFERENCES

    result = application.differences(old, new, symbols, _finder())
    _write(DIFFERENCES[format_](result, _style(quiet, verbose)))
    return FINDINGS if result.changes or result.diagnostics else CLEAN


@cli.command()
@_board
def render(board: str) -> int:
    """Write the overlay's source to stdout, without compiling it.

    \b
    Example:
      dtgen render lemans > lemans-el2.dtso
    """
    from dtgen import pipeline

    _write(pipeline.render(board, _finder()))
    return CLEAN


@cli.command(name="list")
@_format
def list_(format_: str) -> int:
    """List the boards: yours and the built-in ones.

    \b
    Example:
      dtgen list
    """
    from dtgen.report import boards

    _write(boards.listing(_finder(), format_))
    return CLEAN


@cli.command()
@_board
@_format
def show(board: str, format_: str) -> int:
    """Show the resolved description of a board: what it extends is merged in.

    \b
    Example:
      dtgen show lemans
    """
    from dtgen.description.board import load
    from dtgen.report import boards

    _write(boards.resolved(load(board, _finder()), format_))
    return CLEAN


@cli.command()
@_format
def doctor(format_: str) -> int:
    """Tell what is installed, in which version, and the remedy for what is missing.

    Exits with 2 where something is missing that every build needs.

    \b
    Example:
      dtgen doctor
    """
    from dtgen.doctor import examine
    from dtgen.report import health

    checks = list(examine())
    _write(health.report(checks, format_, _style(False, False)))
    return USAGE if any(check.remedy and check.needed for check in checks) else CLEAN


@cli.command()
@click.argument("name", type=click.Choice(["board", "report"]))
def schema(name: str) -> int:
    """Print the JSON Schema of a board description, or of what --format json writes.

    \b
    Example:
      dtgen schema board > board.schema.json
    """
    from dtgen import project

    file = {"board": project.board_schema, "report": project.report_schema}[name]()
    _write(file.read_text(encoding="utf-8"))
    return CLEAN


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that completes commands, options, boards and rules in a shell.

    \b
    Examples:
      dtgen completion bash                        what `eval "$(…)"` in ~/.bashrc takes; the same for zsh
      dtgen completion fish > ~/.config/fish/completions/dtgen.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found
    _write(found(cli, {}, "dtgen", "_DTGEN_COMPLETE").source() + "\n")
    return CLEAN


def main() -> None:
    """The one door where exceptions become output and exit codes."""
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except ToolError as error:
        return _complain(str(error), error.remedy)
    except Rejected as error:
        from dtgen.report import text
        from dtgen.report.style import Style

        click.echo(text.diagnostics(error.diagnostics, Style()), err=True, nl=False)
        return FINDINGS
    except (KeyboardInterrupt, click.Abort):
        click.echo("dtgen: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has gone; what is left in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception:  # noqa: BLE001  whatever is left is a bug of ours
        traceback.print_exc()
        click.echo("dtgen: this is a bug in dtgen; please report it with the lines above", err=True)
        return BUG
    return code if isinstance(code, int) else CLEAN


def _complain(message: str, remedy: str) -> int:
    click.echo(f"dtgen: error: {message}", err=True)
    if remedy:
        click.echo(f"    help: {remedy}", err=True)
    return USAGE
