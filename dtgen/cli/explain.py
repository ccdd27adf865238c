"""The command `dtgen explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dtgen.cli import options, process
from dtgen.cli.exit import CLEAN

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete_id(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from dtgen.commands.explain import names

    del context, parameter
    return [CompletionItem(name) for name in names() if name.startswith(start)]


@click.command("explain")
@click.argument("id_", metavar="ID", shell_complete=_complete_id)
@options.bindings
@click.option("--kernel", type=options.FILE, metavar="DIR", help="The kernel tree whose bindings are meant.")
def command(id_: str, bindings: Path | None, kernel: Path | None) -> int:
    """Tell all there is to know of what stands in brackets behind a message.

    A rule: why, examples, the fix, and the source that it rests on. What is wrong with an input as such. A
    check of dtc's: what it means, and what the kernel's build does with it. A binding: what it requires and
    allows; of the built-in ones, or of those that are named.

    \b
    Examples:
      dtgen explain attach-overlap
      dtgen explain dtc:interrupt_provider
      dtgen explain media/qcom,venus-common.yaml --kernel ~/linux
    """
    from dtgen.commands.explain import page
    from dtgen.report import rules

    if bindings and kernel:
        raise click.UsageError("give --bindings or --kernel, not both")
    process.write(rules.explained(page(id_, bindings or kernel), process.style(False, False)))
    return CLEAN
