"""What a project says of itself: `dtgen.toml`, or `[tool.dtgen]` in its `pyproject.toml`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from dtgen.diagnostics import Location, Severity
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree

OFF = "off"
_BINDING = ".yaml"
"""How names of bindings end, `media/qcom,venus-common.yaml`: which there are is another set for each run."""
NAMES = ("dtgen.toml", "pyproject.toml")
_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?")
_NUMBER = re.compile(r"\d+")
_SEVERITIES = (*(severity.value for severity in Severity), OFF)


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What hand-written overlays of a project are for: an entry of `[[overlay]]`."""

    directory: Path
    """The project's, which `files` are relative to."""
    files: tuple[str, ...]
    """Patterns: `*` is any part of a name, `**` any number of directories."""
    bases: tuple[tuple[Path, ...], ...] | None = None
    """Blobs and sources, each with the overlays that are applied to it, in their order. Empty: there is none,
    and only the compilation is checked; None: not said."""
    kernel: Path | None = None
    bindings: Path | None = None
    include: tuple[Path, ...] = ()
    symbols: Path | None = None
    pas_at_el2: bool | None = None
    named: Location = field(default=Location(""), compare=False)
    """Where the bases are said."""

    def matches(self, file: Path) -> bool:
        """Whether the entry is for a file."""
        return _is_one_of(self.files, file, self.directory)

    def overlays(self) -> list[Path]:
        """The files that there are; sorted."""
        return sorted({file for pattern in self.files for file in self.directory.glob(pattern)})


def _is_one_of(patterns: tuple[str, ...], file: Path, directory: Path) -> bool:
    """Whether a file is what one of the patterns means, which are relative to the directory."""
    try:
        parts = file.absolute().relative_to(directory).parts
    except ValueError:
        return False
    return any(_matches(parts, tuple(pattern.split("/"))) for pattern in patterns)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


@dataclass(frozen=True, slots=True)
class AllowedFinding:
    """A finding that may stay, in files of a project: an entry of `[[allow]]`."""

    rule: str
    why: str
    at: str
    """A label or a path; empty: anywhere."""
    files: tuple[str, ...]
    """Patterns, see `OverlaySettings`; empty: all."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the nearest project; empty where there is none."""

    file: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Rule to the severity that it has here; None where it is off."""
    overlays: tuple[OverlaySettings, ...] = ()
    allow: tuple[AllowedFinding, ...] = ()
    kernel: Path | None = None
    """A kernel tree for all that names none of its own."""
    bindings: Path | None = None
    generated: Path | None = None
    """Where overlays that are generated from descriptions are committed; None: beside these."""
    include: tuple[Path, ...] = ()
    """Where all sources include from."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and directories that are not the project's own."""

    def excludes(self, file: Path) -> bool:
        """Whether a file or a directory is left out, or lies in one that is."""
        try:
            parts = file.absolute().relative_to(self.file.parent).parts if self.file else ()
        except ValueError:
            return False
        patterns = [tuple(pattern.strip("/").split("/")) for pattern in self.exclude]
        return any(_matches(parts[:end], pattern) for end in range(1, len(parts) + 1) for pattern in patterns)

    def allowed(self, file: Path) -> tuple[AllowedFinding, ...]:
        """The entries for what is found in a file."""
        directory = self.file.parent if self.file else Path()
        return tuple(e for e in self.allow if not e.files or _is_one_of(e.files, file, directory))

    def of_overlay(self, file: Path) -> OverlaySettings | None:
        """The first entry that is for a file."""
        return next((entry for entry in self.overlays if entry.matches(file)), None)


def load(start: Path, rules: Iterable[str]) -> Settings:
    """The settings of the nearest directory, from `start` upwards, that has any.

    `rules`: those whose severity may be changed.
    Raises: ToolError where a file is no TOML, or has a setting, a rule or a severity that there is not.
    """
    for directory in (start.absolute(), *start.absolute().parents):
        for name in NAMES:
            said = table(directory / name)
            if said is not None:
                return _settings(directory / name, said, tuple(rules))
    return Settings()


def place(file: Path, table: str, number: int, key: str) -> Location:
    """Where a key stands; `table`: dtgen's own, empty for its top; `number`: which of those of one name."""
    return _Lines(file, table, number).place(key)


def kernel_tree(given: Path | None, project: Settings) -> KernelTree | None:
    """The one that is given, or else the project's. Raises: ToolError where it is none."""
    if given or not project.kernel or not project.file:
        return KernelTree.at(given) if given else None
    try:
        return KernelTree.at(project.kernel)
    except ToolError as error:
        raise ToolError(f"{_Lines(project.file, '').place('kernel')}: {error}", error.remedy) from error


def _settings(file: Path, table: dict[str, Any], rules: tuple[str, ...]) -> Settings:
    entry = _Entry(file, "the settings", table, _Lines(file, ""))
    overlays = entry.value("overlay", list, [])
    allow = entry.value("allow", list, [])
    kernel, bindings = entry.path("kernel"), entry.path("bindings")
    settings = Settings(
        file,
        _severities(file, entry.value("severity", dict, {}), rules),
        tuple(_overlay(file, overlay, number) for number, overlay in enumerate(overlays, 1)),
        tuple(_allowed(file, table, number, rules) for number, table in enumerate(allow, 1)),
        kernel,
        bindings,
        entry.path("generated"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
        entry.strings("exclude") or (),
    )
    entry.done()
    return settings


def _overlay(file: Path, table: object, number: int) -> OverlaySettings:
    lines = _Lines(file, "overlay", number)
    entry = _Entry(file, f"entry {number} of [[overlay]]", table, lines)
    patterns = entry.strings("files")
    bases = entry.stacks("bases")
    found = OverlaySettings(
        file.parent,
        patterns or (),
        None if bases is None else tuple(tuple(file.parent / name for name in base) for base in bases),
        entry.path("kernel"),
        entry.path("bindings"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
        entry.path("symbols"),
        entry.value("pas_at_el2", bool, None),
        lines.place("bases"),
    )
    entry.done()
    if not patterns:
        raise entry.wrong("names no files", 'for example: files = "overlays/*.dtso"')
    return found


def _allowed(file: Path, table: object, number: int, rules: tuple[str, ...]) -> AllowedFinding:
    lines = _Lines(file, "allow", number)
    entry = _Entry(file, f"entry {number} of [[allow]]", table, lines)
    rule, why = entry.value("rule", str, ""), entry.value("why", str, "")
    found = AllowedFinding(rule, why, entry.value("at", str, ""), entry.strings("files") or ())
    entry.done()
    if not rule or not why:
        raise entry.wrong(
            f"lacks {'why' if rule else 'rule'}", 'for example: rule = "no-op", why = "measured"'
        )
    _known(lines.place("rule"), rule, rules, "that can be allowed")
    return found


_Value = TypeVar("_Value")
_KINDS = {str: "a string", list: "a list", dict: "a table", bool: "true or false"}


class _Entry:
    """A table whose keys are taken one by one; what is left over is a mistake."""

    def __init__(self, file: Path, name: str, table: object, lines: _Lines) -> None:
        self._file, self._name, self._lines = file, name, lines
        if not isinstance(table, dict):
            raise self.wrong("is no table", "write [[overlay]] above its keys")
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
class _Lines:
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


def _severities(file: Path, entries: dict[str, Any], rules: tuple[str, ...]) -> dict[str, Severity | None]:
    severities: dict[str, Severity | None] = {}
    lines = _Lines(file, "severity")
    for rule, value in entries.items():
        _known(lines.place(rule), rule, rules, "whose severity can be set")
        if value not in _SEVERITIES:
            raise ToolError(
                f"{lines.place(rule)}: the severity of {rule} is {value!r}",
                f"write one of: {', '.join(_SEVERITIES)}",
            )
        severities[rule] = None if value == OFF else Severity(value)
    return severities


def _known(where: Location, rule: str, rules: tuple[str, ...], such: str) -> None:
    """Raises: ToolError where it is none of the rules, and no binding."""
    if rule in rules or rule.endswith(_BINDING):
        return
    near = difflib.get_close_matches(rule, rules, 1, 0.75)
    listed = "`dtgen rules` lists them; what stops a build stays an error"
    help = f"did you mean {near[0]}?" if near else listed
    raise ToolError(f"{where}: there is no rule {rule} {such}", help)
