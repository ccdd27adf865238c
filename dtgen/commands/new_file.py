"""A description that dtgen has made: written where there is none, and what is to be said of it."""

from __future__ import annotations

from pathlib import Path

from dtgen.description import open_places, yaml
from dtgen.description.board import NAME
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.records import dataclass

STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class NewDescription:
    """The text of a description, and what it was made from."""

    name: str
    text: str
    made: str
    """What it is, in words that go on the line of its file."""
    notes: tuple[str, ...] = ()
    """What is lost or was left out."""


def check_name(name: str, remedy: str) -> None:
    """Raises: ToolError where no board can have the name; `remedy`: what comes before the form of one."""
    if not NAME.fullmatch(name):
        form = "a-z, 0-9, _ and -, beginning with a letter or a digit"
        raise ToolError(f"{name!r} is not a valid name of a board", f"{remedy} {form}")


def check_free(name: str, finder: Finder) -> None:
    """Raises: ToolError where a board has the name, which the new one would hide."""
    if name in (boards := finder.boards()):
        raise ToolError(f"{name} is a board already: {layout.display(boards[name])}", "choose another name")


def save(made: NewDescription, output: Path | None) -> str:
    """Write it, and say what was written. With `-` for the output it is the text itself.

    `output`: None for `boards/<name>.yaml` of the project. Raises: ToolError where that exists.
    """
    if output == STDOUT:
        return made.text
    file = output or layout.own_boards(Path.cwd()) / f"{made.name}.yaml"
    if file.exists():
        raise ToolError(f"{layout.display(file)} exists", "say with -o where to write, or remove it")
    try:
        files.write_atomically(file, made.text.encode())
    except ToolError as error:
        raise ToolError(str(error), "write elsewhere with -o FILE") from error
    lines = [f"{layout.display(file)}: {made.made}", *made.notes]
    if open_ := sum(1 for _ in open_places.places(yaml.parse(made.text, made.name))):
        places = "1 place is" if open_ == 1 else f"{open_} places are"
        lines.append(f"{places} still open: search for {open_places.MARK}, or see `dtgen build {made.name}`")
    return "".join(f"{line}\n" for line in lines)
