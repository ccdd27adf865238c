"""Where a file is from, so that somebody else finds it: a release of Linux, or a commit."""

from __future__ import annotations

import re
from pathlib import Path

from dtgen.errors import ToolError
from dtgen.jobs import git
from dtgen.project import files
from dtgen.project.layout import KernelTree

_VERSION = re.compile(r"^(VERSION|PATCHLEVEL|EXTRAVERSION) *= *(\S*)$", re.MULTILINE)
_MAX_MAKEFILE = 1 << 20


def origin(file: Path, kernel: KernelTree | None) -> str:
    """In a line. A file of a tree whose release is known is called by its path in it."""
    absolute = file.absolute()
    if kernel and absolute.is_relative_to(kernel.root.absolute()) and (release := _release(kernel)):
        return f"Linux {release}, {absolute.relative_to(kernel.root.absolute())}"
    commit = _commit(absolute)
    return f"{file.name}, commit {commit}" if commit else file.name


def _release(kernel: KernelTree) -> str | None:
    """`v7.2`, as the top Makefile says it; None where there is none."""
    try:
        text = files.read(kernel.root / "Makefile", _MAX_MAKEFILE).decode("utf-8", "replace")
    except ToolError:
        return None
    found = dict(_VERSION.findall(text))
    if "VERSION" not in found or "PATCHLEVEL" not in found:
        return None
    return f"v{found['VERSION']}.{found['PATCHLEVEL']}{found.get('EXTRAVERSION', '')}"


def _commit(file: Path) -> str | None:
    """The last commit that changed the file; None where it is not committed as it is, or git cannot say."""
    if git.said(file.parent, "status", "--porcelain", "--", file.name) != "":
        return None
    return (git.said(file.parent, "log", "-1", "--format=%h", "--", file.name) or "").strip() or None
