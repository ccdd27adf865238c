"""What is kept between runs: believed where it is its user's own and whole, and no more than a limit.

A file is a line with the digest of its name and content, then the content: never a pickle, and no code but
what `bindings/fast/code.py` has generated. Stores for sale keep pickles, or know nothing of owners.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from pathlib import Path

from dtgen.project import files

MAX_FOLDER = 512 << 20
"""Bytes of each folder of the cache; what was not used for longest goes first."""
_LEFT = MAX_FOLDER * 3 // 4
"""Bytes that are left then."""
_LOOK_AFTER = 32 << 20
"""Bytes that a process writes between two looks at how much there is."""
_FORGETFUL = 24 * 3600
"""Seconds within which one use counts as much as another."""

_unseen: dict[Path, int] = {}
"""Bytes written since the last look, by folder."""


def load(file: Path) -> bytes | None:
    """None where it is missing, damaged, another's, or can be written by others."""
    try:
        with files.own(file) as stream:
            checksum, _, data = stream.read().partition(b"\n")
            if checksum != digest(file, data):
                return None
        used(file)
    except OSError:
        return None
    return data


def used(file: Path) -> None:
    """Note that a file was of use, so that others go before it."""
    with contextlib.suppress(OSError):  # it is of use all the same
        if file.stat().st_mtime < time.time() - _FORGETFUL:
            os.utime(file)


def save(file: Path, data: bytes, durably: bool = True) -> None:
    """Raises: ToolError."""
    files.write_privately(file, digest(file, data) + b"\n" + data, durably)
    make_room(file.parent, len(data))


def make_room(folder: Path, written: int) -> None:
    """Drop what was not used for longest, after so many bytes more were written."""
    _unseen[folder] = _unseen.get(folder, _LOOK_AFTER) + written
    if _unseen[folder] < _LOOK_AFTER:
        return
    _unseen[folder] = 0
    found = sorted((status.st_mtime, status.st_size, path) for path, status in entries(folder))
    left = sum(size for _, size, _ in found)
    if left <= MAX_FOLDER:
        return
    for _, size, path in found[:-1]:  # the newest is what was written now
        if left <= _LEFT:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
            left -= size


def entries(folder: Path) -> list[tuple[str, os.stat_result]]:
    """The paths of its files, as far as they are there; none of a folder that is not its user's own."""
    found = []
    if folder.is_symlink() or doubt(folder):  # what others put there is not ours to drop
        return []
    with contextlib.suppress(OSError), os.scandir(folder) as scanned:
        for entry in scanned:
            with contextlib.suppress(OSError):  # another process was faster
                found.append((entry.path, entry.stat(follow_symlinks=False)))
    return found


def doubt(directory: Path) -> str:
    """Why nothing is kept in a directory; empty where it is its user's own, or can be made."""
    try:
        status = directory.stat()
    except OSError:
        existing = next(above for above in directory.absolute().parents if above.exists())
        can_be_made = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
        return "" if can_be_made else f"it cannot be made in {existing}"
    if not stat.S_ISDIR(status.st_mode):
        return "it is a file"
    if not os.access(directory, os.W_OK | os.X_OK):
        return "it cannot be written"
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    return f"others can write to it (chmod go-w {directory})" if status.st_mode & files.WRITABLE else ""


def digest(file: Path, data: bytes) -> bytes:
    """With the name, so that one file is not taken for another."""
    return hashlib.sha256(file.name.encode() + b"\0" + data).hexdigest().encode()
