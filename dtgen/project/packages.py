"""The versions of installed packages, without importing `importlib.metadata`, which takes 40 ms."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path

from dtgen.project import files

_VERSION = re.compile(r"^Version: *(\S+) *$", re.MULTILINE)


@cache
def version(package: str) -> str:
    """As `importlib.metadata.version`. Raises: PackageNotFoundError."""
    found = _of_wheel(package)
    if found is None:
        from importlib import metadata

        found = metadata.version(package)
    return found


def _of_wheel(package: str) -> str | None:
    """Of the first directory that has the package; None where it is not what a wheel leaves there."""
    installed = re.compile(rf"{package}(-.*)?\.(dist|egg)-info", re.IGNORECASE)
    for directory in sys.path:
        try:
            found = list(filter(installed.fullmatch, os.listdir(directory or ".")))  # noqa: PTH208
        except FileNotFoundError:
            continue
        except OSError:
            return None  # an archive, perhaps
        if found:
            return _recorded(Path(directory, found[0])) if len(found) == 1 else None
    return None


def _recorded(directory: Path) -> str | None:
    try:
        head = files.text(directory / "METADATA").partition("\n\n")[0]
    except (OSError, UnicodeDecodeError):
        return None
    found = _VERSION.findall(head)
    return found[0] if len(found) == 1 else None
