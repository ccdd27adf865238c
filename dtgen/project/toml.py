"""TOML's tables with the lines of their keys, taken key by key: what is left over is a mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from dtgen.diagnostics import Location
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.records import dataclass
from dtgen.words import near_names

_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?")
_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_OPENED = re.compile(r"""=\s*(\"{3}|'{3}|"|')""")
_NUMBER = re.compile(r"\d+")
_UNQUOTED = re.compile(r"""[\w./~*&][^,\]}#"']*""")
_Value = TypeVar("_Value")
TABLES = ("overlay", "allow", "severity")
"""Those of dtgen's own: no `pyproject.toml` has them at its top, which is kept for standards."""
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
            quoted = kind is bool and value in ("true", "false")
            help = f"write {value} without quotes" if quoted else ""
            raise self.wrong(f"{key} is not {_KINDS[kind]}: {shown(value)}", help, key)
        return value

    def tables(self, key: str) -> list[Any]:
        """Of a header in two brackets. Raises: ToolError where it has one, or is no table."""
        if isinstance(self._left.get(key), dict):
            raise self.wrong(
                f"[{key}] is one table, not a list of them", f"write [[{key}]], two brackets", key
            )
        return list(self.value(key, list, []))

    def path(self, key: str) -> Path | None:
        value = self.value(key, str, None)
        return None if value is None else self._file.parent / Path(value).expanduser()

    def strings(self, key: str) -> tuple[str, ...] | None:
        """A list of strings, or a single one; None where there is no such key."""
        found = self._listed(key)
        if found is not None and not _are_strings(found):
            raise self.wrong(f"{key} is not a list of strings: {shown(found)}", key=key)
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
            message = f"{key} is not a list of strings, or of lists of them: {shown(found)}"
            raise self.wrong(message, key=key)
        return tuple(map(tuple, stacks))

    def _listed(self, key: str) -> Any:
        self._taken.append(key)
        value = self._left.pop(key, None)
        return [value] if isinstance(value, str) else value

    def done(self) -> None:
        """Raises: ToolError where there is a key that nobody has taken."""
        for key in self._left:
            near = near_names(key, self._taken)
            known = f"known here: {', '.join(sorted(self._taken))}"
            help = f"did you mean {near[0]}?" if near else known
            where = f" in {self._name}" if self._name else ""
            raise ToolError(f"{self._lines.place(key)}: unknown key {key}{where}", help)

    def wrong(self, what: str, help: str = "", key: str = "") -> ToolError:
        """`what`: of the key, or of the entry."""
        within = f"{self._name}{':' if key else ''} " if self._name else ""
        return ToolError(f"{self._lines.place(key)}: {within}{what}", help)


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


def shown(value: object) -> str:
    """A value as TOML has it, as far as JSON has the same."""
    return json.dumps(value, ensure_ascii=False, default=str)


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
        raise _malformed(file, data.decode(), str(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, error) from error
    tool = content.get("tool", {})
    table = tool.get("dtgen") if isinstance(tool, dict) else None
    if file.name == "dtgen.toml":
        if table is not None:
            raise _misplaced(file, "tool.dtgen", "tool.dtgen is for pyproject.toml")
        return content
    bare = next(
        (name for name in TABLES if name in content and (table is not None or _is_ours(content[name]))), None
    )
    if bare:
        raise _misplaced(file, bare, f"{bare} is not below tool.dtgen", f"tool.dtgen.{bare}")
    if table is not None and not isinstance(table, dict):
        raise ToolError(
            f"{layout.display(file)}: tool.dtgen is {shown(table)}, not a table",
            "write [tool.dtgen] above its keys",
        )
    return table


def _is_ours(tables: object) -> bool:
    """Whether what a `pyproject.toml` has at its top can be nobody's but dtgen's."""
    return isinstance(tables, list) and any(
        isinstance(table, dict) and not table.keys().isdisjoint(("files", "rule")) for table in tables
    )


def _unreadable(file: Path, error: Exception) -> ToolError:
    return ToolError(f"{layout.display(file)} cannot be read: {error}")


def _misplaced(file: Path, table: str, why: str, instead: str = "") -> ToolError:
    """A table is written as in the other of the two files."""
    text, below = files.text(file, "replace"), re.escape(table)
    header = re.search(rf"^[ \t]*(\[\[?)[ \t]*{below}(?:\.([\w.-]+))?[ \t]*(\]\]?)", text, re.MULTILINE)
    line = text.count("\n", 0, header.start(1)) + 1 if header else None
    name = ".".join(filter(None, (instead, header[2]))) if header else instead
    brackets = header.group(1, 3) if header else ("[", "]")
    help = f"write {name.join(brackets)}" if name else "write its keys at the top of the file"
    return ToolError(f"{Location(layout.display(file), line)}: {why}", help)


def _malformed(file: Path, text: str, error: str) -> ToolError:
    """What tomllib says, in words for whoever has forgotten a quote."""
    said, _, at = error.rstrip(")").partition(" (at ")
    lines = text.split("\n")
    line, column = map(int, _NUMBER.findall(at)) if at.startswith("line") else (len(lines), 1)
    here = lines[line - 1]
    message, help = f"{said[:1].lower()}{said[1:]}", "see https://toml.io for the syntax"
    value = _UNQUOTED.match(here, column - 1) if at.startswith("line") else None
    if said.startswith(("Cannot declare", "Cannot overwrite")):
        message, help = _repeated(lines, line)
    elif said in ("Illegal character '\\n'", "Unterminated string"):
        opened = _OPENED.search(here)
        message, help = "the quote is not closed", "end the value with " + (opened[1] if opened else '"')
    elif said == "Invalid value" and value:
        word = value[0].strip()
        is_truth = word.lower() in ("true", "false")
        message = f"{word} is not a value"
        help = f"write {word.lower()}" if is_truth else f'quote it: "{word}"'
    return ToolError(f"{Location(layout.display(file), line, column)}: {message}", help)


def _repeated(lines: Sequence[str], line: int) -> tuple[str, str]:
    """What is wrong with a key or a header that is there already, and what to do. `line`: from 1."""
    header = _HEADER.match(lines[line - 1])
    if not header:
        keys = (found[1] for each in lines[line - 1 :: -1] if (found := _KEY.match(each)))
        key = next(keys, "a key")
        return f"{key} is written twice", "remove one of them"
    table = header[1].strip()
    above = list(enumerate(lines[: line - 1], 1))
    if n := next((n for n, each in above if (found := _KEY.match(each)) and found[1] == table), None):
        return f"{table} is set in line {n} already", "keep one of the two"
    others = ((n, found[0].strip()) for n, each in above if (found := _HEADER.match(each)))
    first, written = next(((n, text) for n, text in others if text.strip("[] ") == table), (line, ""))
    alike = written == header[0].strip()
    help = "put both together" if alike else f"write [[{table}]], two brackets, in both lines"
    return f"{written} is in line {first} already", help
