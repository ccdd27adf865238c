"""What a file is to `dtgen check`: by its ending and its content."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path

from dtgen.delivery import forms
from dtgen.devicetree import blob, container
from dtgen.dts.scan import scan, without_comments
from dtgen.jobs import git
from dtgen.project import files, layout, settings

_YAML = (".yaml", ".yml")
_BLOB = (".dtb", ".dtbo")
_RECIPES = (".bb", ".bbappend", ".bbclass")
_START = 4096
"""Bytes, by which a file is known."""
_LEFT_OUT = ("build", "node_modules")
"""What `dtgen build` and npm write is not looked at by the way."""
_ENVIRONMENT = "pyvenv.cfg"
"""What marks a virtual environment. Source: Python's library reference, venv."""
_BINDING = re.compile(rb"^[\"']?\$(?:id|schema)[\"']?:", re.MULTILINE)
_DESCRIPTION = re.compile(rb"^(?:extends|overlay|firmware|streams|disable|nodes):", re.MULTILINE)
_INCLUDED = re.compile(r"""^[ \t]*(?:#[ \t]*include|/include/)[ \t]*["<]([^">\n]+)""", re.MULTILINE)
_NAME = re.compile(rb"^name:", re.MULTILINE)


class FileKind(Enum):
    """What there is to check."""

    DESCRIPTION = "description"
    OVERLAY = "overlay"
    BOARD = "board source"
    INCLUDED = "included source"
    """Checked by what includes it."""
    BLOB = "blob"
    BINDING = "binding"
    TABLE = "table"
    """Of a loader or a build: what is applied to what."""
    UNREADABLE = "unreadable file"
    """It is there, and cannot be read: a link that leads nowhere, for one."""
    SETTINGS = "settings"
    """`dtgen.toml`: checked by what it is about."""


def kind_of(file: Path, include: Sequence[Path] = ()) -> FileKind | None:
    """None for what is nothing of dtgen's. `include`: where sources include from, besides their directory."""
    if file.name == settings.NAMES[0]:
        return FileKind.SETTINGS
    if file.suffix in _BLOB:
        return FileKind.BLOB
    if file.suffix == ".dtso":
        return FileKind.OVERLAY
    if file.suffix == ".dtsi":
        return FileKind.INCLUDED
    try:
        if file.suffix == ".dts":
            return FileKind.OVERLAY if _is_plugin(file, include, set()) else FileKind.BOARD
        if file.suffix in _YAML:
            return _of_yaml(file)
        return FileKind.TABLE if _is_table(file) else None
    except files.Unreadable:
        return FileKind.UNREADABLE


def _is_table(file: Path) -> bool:
    if file.name != "Makefile" and not file.name.endswith((*forms.ENDINGS, *_RECIPES)):
        return False
    with contextlib.suppress(OSError):
        if file.stat().st_size > forms.limit(file):
            return False
    return forms.reader_of(file, files.read(file, forms.limit(file))) is not None


def _is_plugin(file: Path, include: Sequence[Path], seen: set[Path]) -> bool:
    """Whether `/plugin/` is in its header, which may stand in what it includes, or it was decompiled.

    Raises: Unreadable.
    """
    seen.add(layout.resolved(file))
    text = without_comments(files.read(file, blob.MAX_SIZE).decode("utf-8", "replace"))
    if "/dts-v1/" in text:
        return scan(text).is_overlay
    found = ((directory / name) for name in _INCLUDED.findall(text) for directory in (file.parent, *include))
    return any(_is_plugin(f, include, seen) for f in found if f.is_file() and layout.resolved(f) not in seen)


def _of_yaml(file: Path) -> FileKind | None:
    data = files.read(file, blob.MAX_SIZE)
    if _BINDING.search(data):
        return FileKind.BINDING
    if file.absolute().parent.name == "boards" or (_NAME.search(data) and _DESCRIPTION.search(data)):
        return FileKind.DESCRIPTION
    return None


def image(file: Path) -> FileKind | None:
    """A blob, where a file of any name holds devicetrees, so that it is said what it is; else None."""
    try:
        start = files.content(file, _START)
    except OSError:
        return None
    held = int.from_bytes(start[:4], "big") == blob.MAGIC or container.named(start, str(file))
    return FileKind.BLOB if held else None


def removed(file: Path) -> FileKind:
    """What a file that is gone was."""
    kinds = {".dtsi": FileKind.INCLUDED, ".dts": FileKind.BOARD, ".dtso": FileKind.OVERLAY}
    return kinds.get(file.suffix, FileKind.SETTINGS if file.name in settings.NAMES else FileKind.BLOB)


def below(directory: Path, left_out: Callable[[Path], bool]) -> Iterator[Path]:
    """The files below a directory that may be of a kind, sorted.

    Left out is what is no part of the repository: hidden files, `build/`, virtual environments, packages of
    npm, what git ignores, and what `left_out` says.
    """
    ignored = git.ignored(directory)

    def stays(parent: str, name: str) -> bool:
        path = Path(parent) / name
        return (
            not name.startswith(".")
            and str(path.relative_to(directory)) not in ignored
            and not left_out(path)
        )

    endings = (*_YAML, *_BLOB, ".dtso", ".dts", *forms.ENDINGS)
    for parent, directories, names in os.walk(directory):
        if _ENVIRONMENT in names:
            directories.clear()
            continue
        directories[:] = sorted(name for name in directories if name not in _LEFT_OUT and stays(parent, name))
        for name in sorted(names):
            if name.endswith(endings) and stays(parent, name):
                yield Path(parent) / name
