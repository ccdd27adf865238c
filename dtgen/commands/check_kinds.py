"""What a file is to `dtgen check`: by its ending and its content."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from dtgen.delivery import forms
from dtgen.devicetree import blob
from dtgen.dts.scan import scan
from dtgen.project import files, settings

_YAML = (".yaml", ".yml")
_BLOB = (".dtb", ".dtbo")
_RECIPES = (".bb", ".bbappend", ".bbclass")
_LEFT_OUT = ("build",)
"""What `dtgen build` writes is not looked at by the way."""
_BINDING = re.compile(rb"^[\"']?\$(?:id|schema)[\"']?:", re.MULTILINE)
_DESCRIPTION = re.compile(rb"^(?:extends|overlay|firmware|streams|disable|nodes):", re.MULTILINE)
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


def kind_of(file: Path) -> FileKind | None:
    """None for what is nothing of dtgen's."""
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
            text = files.read(file, blob.MAX_SIZE).decode("utf-8", "replace")
            return FileKind.OVERLAY if scan(text).plugin else FileKind.BOARD
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


def _of_yaml(file: Path) -> FileKind | None:
    data = files.read(file, blob.MAX_SIZE)
    if _BINDING.search(data):
        return FileKind.BINDING
    if file.absolute().parent.name == "boards" or (_NAME.search(data) and _DESCRIPTION.search(data)):
        return FileKind.DESCRIPTION
    return None


def below(directory: Path) -> Iterator[Path]:
    """The files below a directory that may be of a kind, sorted; hidden ones and `build/` are left out."""
    endings = (*_YAML, *_BLOB, ".dtso", ".dts", *forms.ENDINGS)
    for parent, directories, names in os.walk(directory):
        directories[:] = sorted(
            name for name in directories if not name.startswith(".") and name not in _LEFT_OUT
        )
        for name in sorted(names):
            if name.endswith(endings) and not name.startswith("."):
                yield Path(parent) / name
