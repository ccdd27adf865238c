"""`dtgen config`: the settings in force for a file, each with where it is said."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dtgen import rules
from dtgen.dts import compiler
from dtgen.errors import ToolError
from dtgen.project import layout, settings
from dtgen.project.layout import KernelTree
from dtgen.project.settings import Settings
from dtgen.project.toml import Lines, table
from dtgen.records import dataclass

_ENVIRONMENT = ("DTGEN_CACHE", "DTC", "CPP", "SOURCE_DATE_EPOCH", "NO_COLOR", "FORCE_COLOR")
"""Variables that commands read."""
_DEFAULTS: Mapping[str, Callable[[], str]] = {
    "DTGEN_CACHE": lambda: str(layout.cache_directory()),
    "DTC": lambda: " ".join(compiler.find_dtc().words),
    "CPP": lambda: " ".join(compiler.find_cpp().words),
}
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting: a text, a list, a number, a truth; None where there is none."""

    name: str
    value: Any
    origin: str
    """A file with its line, `environment`, `default`, or where it was found."""


def in_force(file: Path) -> Iterator[InForce]:
    """For a file or a directory. Raises: ToolError where a setting is wrong."""
    start = file if file.is_dir() else file.absolute().parent
    found = settings.load(start, rules.ADJUSTABLE)
    said = dict(_said(found, file))
    yield InForce("settings", layout.display(found.file) if found.file else None, "nearest")
    if found.file and (other := found.unread):
        why = f"[tool.dtgen] is not read: {found.file.name} is here"
        yield InForce("unread", layout.display(other), why)
    yield from said.values()
    entry, around = found.of_overlay(file), KernelTree.around(file)
    named = found.kernel or (entry.kernel if entry else None)
    if not named:
        yield InForce("kernel", str(around.root) if around else None, "around" if around else _DEFAULT)
    if not (found.bindings or (entry and entry.bindings)):
        yield InForce("bindings", "the kernel tree's" if named or around else "built-in", _DEFAULT)
    if "generated" not in said:
        yield InForce("generated", "beside the description", _DEFAULT)
    yield from _environment()


def _said(found: Settings, file: Path) -> Iterator[tuple[str, InForce]]:
    """What the file of the settings says; of entries for overlays the one that is for this one."""
    if found.file is None:
        return
    for key, value in (table(found.file) or {}).items():
        if isinstance(value, Mapping):
            entries = {f"{key}.{name}": (key, 1, name, each) for name, each in value.items()}
        elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
            entries = {
                f"{key}.{number}.{name}": (key, number, name, each)
                for number, entry in enumerate(value, 1)
                for name, each in entry.items()
                if key != "overlay" or found.overlays[number - 1] is found.of_overlay(file)
            }
        else:
            entries = {key: ("", 1, key, value)}
        for name, (within, number, own, each) in entries.items():
            yield name, InForce(name, each, str(Lines(found.file, within, number).place(own)))


def _environment() -> Iterator[InForce]:
    for name in _ENVIRONMENT:
        if (value := os.environ.get(name)) is not None:
            yield InForce(name, value, "environment")
        elif name in _DEFAULTS:
            try:
                yield InForce(name, _DEFAULTS[name](), _DEFAULT)
            except ToolError:
                yield InForce(name, None, "not found")
