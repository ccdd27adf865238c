"""TOML's tables with the lines of their keys, taken key by key: what is left over is a mistake."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar

from dtgen.diagnostics import Location
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.records import dataclass

_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?")
_NUMBER = re.compile(r"\d+")
_Value = TypeVar("_Value")
_KINDS = {str: "a string", list: "a list", dict: "a table", bool: "true or false"}


class Entry:
    """A table whose keys are taken one by one; what is left over is a mistake."""

    def __init__(self, file: Path, name: str, table: object, lines: Lines) -> None:
        self._file, self._name, self._lines = file, name, lines
        if not isinstance(table, dict):
            raise self.wrong("is not a table", f"write [[{lines.table}]] above its keys")
        self._left = dict(table)
        self._taken: list[str] = []

    def value(self, key: str, kind: type[_Value], default: Any) -> Any:
        """Raises: ToolError where it is of another kind."""
        self._taken.append(key)
        value = self._left.pop(key, default)
        if value is not default and not isinstance(value, kind):
            raise self.wrong(f"{key} is not {_KINDS[kind]}: {value!r}", key=key)
        return value

    def path(self, key: str) -> Path | None:
        value = self.value(key, str, None)
        return None if value is None else self._file.parent / Path(value).expanduser()

    def strings(self, key: str) -> tuple[str, ...] | None:
        """A list of strings, or a single one; None where there is no such key."""
        found = self._listed(key)
        if found is not None and not _are_strings(found):
            raise self.wrong(f"{key} is not a list of strings: {found!r}", key=key)
        return None if found is None else tuple(found)

    def stacks(self, key: str) -> tuple[tuple[str, ...], ...] | None:
        """The same, where an item may be a list of strings, too."""
        found = self._listed(key)
        if found is None:
            return None
        stacks = (
            [item if isinstance(item, list) else [item] for item in found]
            if isinstance(found, list)
            else [[]]
        )
        if not all(stack and _are_strings(stack) for stack in stacks):
            raise self.wrong(f"{key} is not a list of strings, or of lists of them: {found!r}", key=key)
        return tuple(map(tuple, stacks))

    def _listed(self, key: str) -> Any:
        self._taken.append(key)
        value = self._left.pop(key, None)
        return [value] if isinstance(value, str) else value

    def done(self) -> None:
        """Raises: ToolError where there is a key that nobody has taken."""
        for key in self._left:
            near = difflib.get_close_matches(key, self._taken, 1)
            known = f"the keys are: {', '.join(sorted(self._taken))}"
            help = f"did you mean {near[0]}?" if near else known
            raise self.wrong(f"there is no key {key}", help, key)

    def wrong(self, what: str, help: str = "", key: str = "") -> ToolError:
        return ToolError(f"{self._lines.place(key)}: {self._name}: {what}", help)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where a table of a file stands, and its keys: tomllib does not say."""

    file: Path
    table: str
    """Of dtgen's; empty for its top."""
    number: int = 1
    """Which of those of one name."""

    def place(self, key: str = "") -> Location:
        """Of a key, or else of the table; without a line where neither is written on one of its own."""
        shown = layout.display(self.file)
        assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""")
        table, seen, found = "", 0, None
        for number, line in enumerate(files.text(self.file, "replace").split("\n"), 1):
            if header := _HEADER.match(line):
                table = header[1].replace(" ", "").removeprefix("tool.dtgen").removeprefix(".")
                if header[1].startswith("tool.") and not header[1].startswith("tool.dtgen"):
                    table = header[1]
                if key and not self.table and table.partition(".")[0] == key:
                    return Location(shown, number)
                seen += table == self.table
                if table == self.table and seen == self.number:
                    found = number
            elif table == "" and self.table and re.match(rf"\s*{self.table}\s*=", line):
                found = number  # all of it, or most
            here = table == self.table and (seen == self.number or not self.table)
            if key and here and assignment.match(line):
                return Location(shown, number)
        return Location(shown, found)


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def table(file: Path) -> dict[str, Any] | None:
    """dtgen's own table of a file; None where there is none."""
    try:
        data = files.content(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(file, error) from error
    import tomllib

    try:
        content = tomllib.loads(data.decode())
    except tomllib.TOMLDecodeError as error:
        said, _, at = str(error).rstrip(")").partition(" (at ")
        line, column = map(int, _NUMBER.findall(at)) if at.startswith("line") else (data.count(b"\n") + 1, 1)
        where = Location(layout.display(file), line, column)
        raise ToolError(
            f"{where}: {said[:1].lower()}{said[1:]}", "see https://toml.io for the syntax"
        ) from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, error) from error
    tool = content.get("tool", {})
    table = tool.get("dtgen") if isinstance(tool, dict) else None
    if table is None and file.name == "dtgen.toml":
        table = content
    if table is not None and not isinstance(table, dict):
        raise ToolError(
            f"{layout.display(file)}: tool.dtgen is {table!r}, not a table",
            "write [tool.dtgen] above its keys",
        )
    return table


def _unreadable(file: Path, error: Exception) -> ToolError:
    return ToolError(f"{layout.display(file)} cannot be read: {error}")
