"""The arguments and options that several commands have, and how they are completed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dtgen.cli import process
from dtgen.errors import ToolError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])

_TITLE = re.compile(r"^title:[ \t]*(.*?)[ \t]*(?: #.*)?$", re.MULTILINE)
FILE = click.Path(path_type=Path)
PAS: dict[str | None, bool | None] = {None: None, "pas": True, "no-pas": False}
"""What `--el2` says of the firmware: whether it serves PAS at EL2; None where nothing is said of EL2."""


def _title(description: Path) -> str:
    """What a description calls itself, as far as that is seen without reading YAML."""
    from dtgen.project import files

    try:
        found = _TITLE.search(files.text(description, "replace"))
    except OSError:
        return ""
    return found[1].strip("\"'") if found else ""


def complete_board(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    del context, parameter
    if start.startswith((".", "/", "~")) or "/" in start:
        return [CompletionItem(start, type="file")]
    boards = process.finder().boards()
    return [
        CompletionItem(name, help=_title(file)) for name, file in boards.items() if name.startswith(start)
    ]


board = click.argument("board", shell_complete=complete_board)

tree = click.argument("tree", type=FILE, metavar="FILE")
made_from = click.option(
    "--against", type=FILE, metavar="BASE",
    help="What the tree was made from: what it has in addition is marked.",
)  # fmt: skip

format_ = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
map_format = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "svg"]), default="text", show_default=True,
    help="The format: for people, for programs, or a picture.",
)  # fmt: skip
findings_format = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "sarif", "github"]), default="text",
    show_default=True, help="The format: for people, programs, code scanning or GitHub.",
)  # fmt: skip


def directories(
    context: click.Context, parameter: click.Parameter, value: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Compilers say nothing of one that is not there."""
    del context, parameter
    if absent := next((directory for directory in value if not directory.is_dir()), None):
        raise ToolError(f"there is no directory {absent}")
    return value


include = click.option(
    "-I", "--include", multiple=True, type=FILE, metavar="DIR", callback=directories,
    help="Where sources include from, besides the kernel tree; can be repeated.",
)  # fmt: skip


def sources(function: Function) -> Function:
    """Where sources include from: `kernel` and `include`."""
    kernel = click.option(
        "--kernel", type=FILE, metavar="DIR", help="A kernel tree, where sources include from."
    )
    return kernel(include(function))


bindings = click.option(
    "--bindings", type=FILE, metavar="DIR|FILE",
    help="A kernel tree, a directory of bindings, or the processed-schema.json of a kernel build.",
)  # fmt: skip
no_cache = click.option(
    "--no-cache", is_flag=True, help="Prepare and compile everything anew, and keep nothing."
)
engine = click.option(
    "--engine", type=click.Choice(["fast", "dtschema"]), default="fast", show_default=True,
    help="Who asks the bindings: dtgen, and dtschema where something may be wrong; or dtschema alone.",
)  # fmt: skip
new_description = click.option(
    "-o", "--output", type=FILE, metavar="FILE",
    help="Where to write; default boards/<name>.yaml of the project, - for the standard output.",
)  # fmt: skip
symbols = click.option(
    "--symbols", type=FILE, metavar="FILE|DIR",
    help="Where the labels of a base without any are: a .dtb or .dts, or a kernel tree.",
)  # fmt: skip
output = click.option(
    "--output", type=FILE, metavar="FILE", help="Write the report there, and the text form to stdout."
)


def _page(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """What is there already is a page, or no report takes its place."""
    if value is not None and (str(value) == "-" or value.is_dir()):
        raise click.UsageError("--report takes the name of a file", context)
    return _pages(context, parameter, value)


def _pages(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """The same, or a directory."""
    if value is not None and (value == Path() or str(value) == "-"):
        message = "--report takes the name of a file, or of another directory than this one"
        raise click.UsageError(message, context)
    if value is not None and process.is_taken(value):
        raise click.UsageError(
            f"--report would overwrite {value}: give the name of a page, FILE.html", context
        )
    return value


report = click.option(
    "--report", "page", callback=_page, type=FILE, metavar="FILE.html",
    help="Write a page for people there: findings, changes, pictures; one file that needs nothing else.",
)  # fmt: skip
reports = click.option(
    "--report", "page", callback=_pages, type=FILE, metavar="FILE.html|DIR",
    help="Write a page for people there: findings, changes, pictures; into a directory, one for each base.",
)  # fmt: skip
show_all = click.option(
    "--show-all", "everything", is_flag=True, help="Show what the bases have wrong themselves, too."
)


def looks(function: Function) -> Function:
    """The options that say how output looks."""
    function = click.option("-v", "--verbose", is_flag=True, help="Show more: original messages, lists.")(
        function
    )
    return click.option("-q", "--quiet", is_flag=True, help="Show findings only.")(function)
