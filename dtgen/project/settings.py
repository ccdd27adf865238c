"""What a project says of itself: `dtgen.toml`, or `[tool.dtgen]` in its `pyproject.toml`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from dtgen.diagnostics import Severity
from dtgen.errors import ToolError
from dtgen.project import files, layout

OFF = "off"
NAMES = ("dtgen.toml", "pyproject.toml")
_SEVERITIES = (*(severity.value for severity in Severity), OFF)


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What hand-written overlays of a project are for: an entry of `[[overlay]]`."""

    directory: Path
    """The project's, which `files` are relative to."""
    files: tuple[str, ...]
    """Patterns: `*` is any part of a name, `**` any number of directories."""
    bases: tuple[Path, ...] | None = None
    """Blobs and sources. Empty: there is none, and only the compilation is checked; None: not said."""
    kernel: Path | None = None
    bindings: Path | None = None
    include: tuple[Path, ...] = ()
    symbols: Path | None = None
    pas_at_el2: bool | None = None

    def matches(self, file: Path) -> bool:
        """Whether the entry is for a file."""
        try:
            parts = file.absolute().relative_to(self.directory).parts
        except ValueError:
            return False
        return any(_matches(parts, tuple(pattern.split("/"))) for pattern in self.files)

    def overlays(self) -> list[Path]:
        """The files that there are; sorted."""
        return sorted({file for pattern in self.files for file in self.directory.glob(pattern)})


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the nearest project; empty where there is none."""

    file: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Rule to the severity that it has here; None where it is off."""
    overlays: tuple[OverlaySettings, ...] = ()
    kernel: Path | None = None
    """A kernel tree for all that names none of its own."""
    bindings: Path | None = None
    generated: Path | None = None
    """Where overlays that are generated from descriptions are committed; None: beside these."""
    include: tuple[Path, ...] = ()
    """Where all sources include from."""

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
            table = _table(directory / name)
            if table is not None:
                return _settings(directory / name, table, tuple(rules))
    return Settings()


def _settings(file: Path, table: dict[str, Any], rules: tuple[str, ...]) -> Settings:
    entry = _Entry(file, "the settings", table)
    overlays = entry.value("overlay", list, [])
    kernel, bindings = entry.path("kernel"), entry.path("bindings")
    settings = Settings(
        file,
        _severities(file, entry.value("severity", dict, {}), rules),
        tuple(_overlay(file, overlay, number) for number, overlay in enumerate(overlays, 1)),
        kernel,
        bindings,
        entry.path("generated"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
    )
    entry.done()
    return settings


def _overlay(file: Path, table: object, number: int) -> OverlaySettings:
    entry = _Entry(file, f"entry {number} of [[overlay]]", table)
    patterns = entry.strings("files")
    bases = entry.strings("bases")
    found = OverlaySettings(
        file.parent,
        patterns or (),
        None if bases is None else tuple(file.parent / base for base in bases),
        entry.path("kernel"),
        entry.path("bindings"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
        entry.path("symbols"),
        entry.value("pas_at_el2", bool, None),
    )
    entry.done()
    if not patterns:
        raise entry.wrong("names no files", 'for example: files = "overlays/*.dtso"')
    return found


_Value = TypeVar("_Value")
_KINDS = {str: "a string", list: "a list", dict: "a table", bool: "true or false"}


class _Entry:
    """A table whose keys are taken one by one; what is left over is a mistake."""

    def __init__(self, file: Path, name: str, table: object) -> None:
        self._file, self._name = file, name
        if not isinstance(table, dict):
            raise self.wrong("is no table", "write [[overlay]] above its keys")
        self._left = dict(table)
        self._taken: list[str] = []

    def value(self, key: str, kind: type[_Value], default: Any) -> Any:
        """Raises: ToolError where it is of another kind."""
        self._taken.append(key)
        value = self._left.pop(key, default)
        if value is not default and not isinstance(value, kind):
            raise self.wrong(f"{key} is not {_KINDS[kind]}: {value!r}")
        return value

    def path(self, key: str) -> Path | None:
        value = self.value(key, str, None)
        return None if value is None else self._file.parent / Path(value).expanduser()

    def strings(self, key: str) -> tuple[str, ...] | None:
        """A list of strings, or a single one; None where there is no such key."""
        self._taken.append(key)
        value = self._left.pop(key, None)
        if value is None:
            return None
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
            raise self.wrong(f"{key} is not a list of strings: {value!r}")
        return tuple(found)

    def done(self) -> None:
        """Raises: ToolError where there is a key that nobody has taken."""
        for key in self._left:
            near = difflib.get_close_matches(key, self._taken, 1)
            known = f"the keys are: {', '.join(sorted(self._taken))}"
            help = f"did you mean {near[0]}?" if near else known
            raise self.wrong(f"there is no key {key}", help)

    def wrong(self, what: str, help: str = "") -> ToolError:
        return ToolError(f"{layout.display(self._file)}: {self._name}: {what}", help)


def _table(file: Path) -> dict[str, Any] | None:
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
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
    for rule, value in entries.items():
        if rule not in rules:
            near = difflib.get_close_matches(rule, rules, 1, 0.75)
            help = (
                f"did you mean {near[0]}?"
                if near
                else "`dtgen rules` lists them; what stops a build stays an error"
            )
            raise ToolError(
                f"{layout.display(file)}: there is no rule {rule} whose severity can be set", help
            )
        if value not in _SEVERITIES:
            raise ToolError(
                f"{layout.display(file)}: the severity of {rule} is {value!r}",
                f"write one of: {', '.join(_SEVERITIES)}",
            )
        severities[rule] = None if value == OFF else Severity(value)
    return severities
