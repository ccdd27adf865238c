"""The command `dtgen completion`."""

from __future__ import annotations

import click

from dtgen.cli import process
from dtgen.cli.exit import CLEAN


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options, boards and rules in a shell.

    \b
    Examples:
      dtgen completion bash                        what `eval "$(…)"` in ~/.bashrc takes; the same for zsh
      dtgen completion fish > ~/.config/fish/completions/dtgen.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found
    process.write(found(context.find_root().command, {}, "dtgen", "_DTGEN_COMPLETE").source() + "\n")
    return CLEAN
