"""The command `dtgen diagnose`."""

from __future__ import annotations

from pathlib import Path

import click

from dtgen.cli import options, process
from dtgen.cli.exit import exit_code


@click.command("diagnose")
@click.argument("logs", nargs=-1, metavar="[LOG|ARCHIVE]...")
@click.option(
    "--tree", type=options.FILE, metavar="FILE.dtb", help="The tree that ran: what was booted, merged."
)
@click.option(
    "--board", metavar="NAME", shell_complete=options.complete_board,
    help="The description that it was built from: the line to change is named.",
)  # fmt: skip
@options.made_from
@click.option(
    "--interrupts", type=options.FILE, metavar="FILE", help="The board's /proc/interrupts, where it is apart."
)
@click.option(
    "--boot", metavar="N|all", default="last", show_default=True,
    help="Which boot, from 1, where the log has several.",
)  # fmt: skip
@click.option(
    "--el", type=click.Choice(["1", "2"]), help="The exception level, where the log does not say it."
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True
)
@options.output
@options.report
@options.looks
def command(
    logs: tuple[str, ...],
    tree: Path | None,
    board: str | None,
    against: Path | None,
    interrupts: Path | None,
    boot: str,
    el: str | None,
    format_: str,
    output: Path | None,
    page: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Tell from a board's log why it did not come up, and what to change.

    LOG is a console's log, the output of dmesg or a journal, with any prefix, compressed or not; `-`
    or none is the standard input. ARCHIVE is what the script of `dtgen collect` made on the board.
    With the tree that ran the node is named, with the description the line.

    Exits with 1 where a cause is certain or likely.

    \b
    Examples:
      dtgen diagnose boot.log --tree lemans-evk-el2.dtb --board lemans
      dmesg | dtgen diagnose - --board lemans
      dtgen diagnose dtgen-collect.tar --board mine
    """
    if boot not in ("last", "all") and not (boot.isdigit() and int(boot)):
        raise click.UsageError("--boot takes a number from 1, last or all")
    if not logs and process.at_terminal():
        raise click.UsageError("give a log, or - for the standard input")
    from dataclasses import replace

    from dtgen.bringup.source import STDIN
    from dtgen.commands import diagnose
    from dtgen.report import diagnosis

    given = tuple(Path(log) for log in logs if log != STDIN)
    for written in (output, page):
        process.keep(written, *given, tree, against, interrupts)
    request = diagnose.DiagnoseRequest(
        diagnose.names(logs), tree, board, against, interrupts,
        int(boot) if boot.isdigit() else None, boot == "all", int(el) if el else None,
    )  # fmt: skip
    found = list(diagnose.diagnosed(request, process.finder()))
    style = process.style(quiet, verbose)
    if page:
        from dtgen.commands import view
        from dtgen.commands.record import record, sources
        from dtgen.report import html

        boards, described = sources([board] if board else [], process.finder())
        counters = (("interrupts", file) for file in (interrupts,) if file)
        inputs = (*described, *(("log", log) for log in given), *counters)
        ids = (cause.id for log in found for boot_ in log.boots for cause in boot_.diagnosis.every)
        made = record(process.command_line(), (), (), inputs, boards=boards, ids=ids)
        with process.cache(False) as cache:
            ran = view.of_paths(tree, against, process.reader(cache, None, ()))
        process.save(html.diagnosis(found, ran, made), page)
    if output:
        process.save(diagnosis.report(found, format_, replace(style, color=False)), output)
    process.write(diagnosis.report(found, "text" if output else format_, style))
    return exit_code(*found)
