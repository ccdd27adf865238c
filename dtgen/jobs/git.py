"""What git knows of files; nothing where there is no git, or no repository."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import TimeoutExpired

from dtgen.jobs import children

_TIMEOUT = 30
"""Seconds; of a kernel tree on a cold disk."""
_FROM, _TO = "PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"
"""What pre-commit compares where it runs of commits that there are. Source: its commands/run.py."""


def said(directory: Path, *words: str) -> str | None:
    """What it prints; None where it cannot say."""
    # a repository's own file system monitor is a program of somebody's
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(directory), *words]
    try:
        done = children.run(command, _TIMEOUT)
    except (OSError, TimeoutExpired):
        return None
    return None if done.returncode else os.fsdecode(done.stdout)


def ignored(directory: Path) -> frozenset[str]:
    """The files and directories below one that are neither tracked nor meant to be; relative to it."""
    listed = said(
        directory, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", "."
    )
    return frozenset(path.rstrip("/") for path in (listed or "").split("\0") if path)


def removed(directory: Path) -> tuple[Path, ...]:
    """The files that the next commit takes away, or those that pre-commit was asked about."""
    top = said(directory, "rev-parse", "--show-toplevel")
    if top is None:
        return ()
    old, new = os.environ.get(_FROM), os.environ.get(_TO)
    what = (f"{old}...{new}",) if old and new else ("--cached",)
    listed = said(directory, "diff", *what, "--name-only", "--no-renames", "--diff-filter=D", "-z", "--")
    return tuple(Path(top.rstrip("\n")) / path for path in (listed or "").split("\0") if path)
