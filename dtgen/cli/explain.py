"""The command `dtgen explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dtgen.cli import process
from dtgen.cli.exit import CLEAN

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete_rule(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from dtgen.rules import ALL

    del context, parameter
    return [CompletionItem(name) for name in ALL if name.startswith(start)]


@click.command("explain")
@click.argument("rule", shell_complete=_complete_rule)
def command(rule: str) -> int:
    """Tell the whole story of a rule: why, examples, the fix, and the source that it rests on.

    \b
    Example:
      dtgen explain attach-overlap
    """
    from dtgen.report import rules

    process.write(rules.explained(rule, process.style(False, False)))
    return CLEAN
