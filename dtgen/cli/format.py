"""The command `dtgen format`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("format")
@click.argument("sources", type=options.FILE, nargs=-1, required=True, metavar="FILE.dtso...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show how the files would change.")
@click.option(
    "-I", "--include", type=options.FILE, multiple=True, metavar="DIR", callback=options.directories,
    help="Where files are that a source includes; can be repeated.",
)  # fmt: skip
@click.option(
    "--kernel", type=options.FILE, metavar="DIR",
    help="A kernel tree whose files the sources include; default: the one that a source lies in.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def command(
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
    from dtgen.commands import format
    from dtgen.project.settings import include as said
    from dtgen.project.settings import kernel_tree
    from dtgen.report import formatted

    project = process.settings()
    tree, include = kernel_tree(kernel, project), (*include, *said(project))
    write = not (check or diff)
    result = format.reformat(format.FormatRequest(sources, include, tree), write)
    process.write(formatted.report(result, write, diff, process.style(quiet, False)))
    return exit_code(result, differs=bool(result.changed) and not write)
