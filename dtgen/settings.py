"""What a project says of itself: `dtgen.toml`, or `[tool.dtgen]` in its `pyproject.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dtgen import project
from dtgen.diagnostics import Severity
from dtgen.errors import ToolError

OFF = "off"
_KEYS = ("severity",)
_SEVERITIES = (*(severity.value for severity in Severity), OFF)


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the nearest project; empty where there is none."""

    file: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Rule to the severity that it has here; None where it is off."""


def load(start: Path, rules: Iterable[str]) -> Settings:
    """The settings of the nearest directory, from `start` upwards, that has any.

    `rules`: those whose severity may be changed.
    Raises: ToolError where a file is no TOML, or has a setting, a rule or a severity that there is not.
    """
    for directory in (start.absolute(), *start.absolute().parents):
        for name in ("dtgen.toml", "pyproject.toml"):
            table = _table(directory / name)
            if table is not None:
                return Settings(directory / name, _severities(directory / name, table, tuple(rules)))
    return Settings()


def _table(file: Path) -> dict[str, Any] | None:
    """dtgen's own table of a file; None where there is none."""
    try:
        with file.open("rb") as stream:
            content = tomllib.load(stream)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"{project.display(file)} cannot be read: {error}") from error
    tool = content.get("tool", {})
    table = tool.get("dtgen") if isinstance(tool, dict) else None
    if table is None and file.name == "dtgen.toml":
        table = content
    return table if isinstance(table, dict) else None


def _severities(file: Path, table: dict[str, Any], rules: tuple[str, ...]) -> dict[str, Severity | None]:
    for key in table:
        if key not in _KEYS:
            raise ToolError(
                f"{project.display(file)}: there is no setting {key}", f"known here: {', '.join(_KEYS)}"
            )
    entries = table.get("severity", {})
    if not isinstance(entries, dict):
        raise ToolError(
            f"{project.display(file)}: severity is a table of rules", 'for example: no-op = "off"'
        )
    severities: dict[str, Severity | None] = {}
    for rule, value in entries.items():
        if rule not in rules:
            near = difflib.get_close_matches(rule, rules, 1)
            help = (
                f"did you mean {near[0]}?"
                if near
                else "`dtgen rules` lists them; what stops a build stays an error"
            )
            raise ToolError(
                f"{project.display(file)}: there is no rule {rule} whose severity can be set", help
            )
        if value not in _SEVERITIES:
            raise ToolError(
                f"{project.display(file)}: the severity of {rule} is {value!r}",
                f"write one of: {', '.join(_SEVERITIES)}",
            )
        severities[rule] = None if value == OFF else Severity(value)
    return severities
