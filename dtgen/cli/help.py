"""The command `dtgen help`."""

from __future__ import annotations

import click

from dtgen.cli import process
from dtgen.cli.exit import CLEAN


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command, as its --help does.

    \b
    Examples:
      dtgen help build
      dtgen help bindings clear
    """
    shown = context.find_root()
    for word in words:
        if not isinstance(shown.command, click.Group):
            raise click.UsageError(f"{shown.command_path} has no commands")
        _, found, _ = shown.command.resolve_command(shown, [word])
        assert found
        shown = click.Context(found, shown, word)
    process.write(f"{shown.get_help()}\n")
    return CLEAN
