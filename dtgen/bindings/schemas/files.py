"""The files of a set and the digests of their contents, which are remembered from run to run.

A file is read again as soon as its size, its times or its inode are others. One that was changed so
lately that it could change once more without a trace is not remembered; see `project/glances.py`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dtgen.errors import DtgenError, ToolError
from dtgen.project import files, glances, store

_SUFFIX = ".yaml"
_UNREADABLE = "\0"
"""In what stands for the digest of such a file: behind the reason, before the name."""
_Stat = list[int]


class File(NamedTuple):
    """One file of the thousands in a set."""

    name: str
    """What it is called in the set, the same wherever the set lies."""
    path: str


def below(directory: Path) -> list[File]:
    """The schema files below a directory, sorted. Raises: ToolError."""
    found = sorted(files.below(directory, _SUFFIX), key=lambda name: name.replace("/", "\0"))
    return [File(name, f"{directory}/{name}") for name in found]


def of_set(directory: Path, replacements: tuple[Path, ...]) -> list[File]:
    """Those of a set; the first of an `$id` wins, which is how replacements replace.

    Raises: ToolError where the directory has no schema.
    """
    found = below(directory)
    if not found:
        raise ToolError(f"there is no schema (*{_SUFFIX}) below {directory}", "give a directory of bindings")
    return [File(file.name, str(file)) for file in replacements] + found


class Memory:
    """What is remembered of a directory's files."""

    def __init__(self, folder: Path, directory: Path) -> None:
        self._file = folder / f"{glances.name_of(directory)}.files"
        self.last = ""
        """The key of the set that was prepared last."""
        self._known: dict[str, tuple[_Stat, str]] = {}
        text = store.load(self._file)
        if text is not None:
            data = json.loads(text)
            self.last, self._known = data["last"], data["files"]

    def digests(self, wanted: Sequence[File]) -> list[str]:
        """Of each file's name and content."""
        self._seen: dict[str, tuple[_Stat, str]] = {}
        return list(self._digests(wanted))

    def _digests(self, wanted: Sequence[File]) -> Iterator[str]:
        now = time.time_ns()
        for file in wanted:
            try:
                stat = os.stat(file.path)  # noqa: PTH116
                signature = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev]
                known = self._known.get(file.path)
                if known is None or known[0] != signature:
                    known = (signature, _digest(file))
            except OSError as error:
                yield f"{error.strerror}{_UNREADABLE}{file.name}"
                continue
            if max(stat.st_mtime_ns, stat.st_ctime_ns) < now - glances.RACY:
                self._seen[file.path] = known
            yield known[1]

    def keep(self, key: str) -> None:
        """Remember what was seen, and that the set of this key was prepared; or not, if that fails."""
        if self._seen == self._known and self.last == key:
            return
        text = json.dumps({"last": key, "files": self._seen}, separators=(",", ":")).encode()
        with contextlib.suppress(DtgenError):
            store.save(self._file, text)


def unreadable(digest: str) -> str:
    """Why a file cannot be read, by its digest; empty where it can."""
    reason, unreadable, _ = digest.partition(_UNREADABLE)
    return reason if unreadable else ""


def _digest(file: File) -> str:
    return digest_of(file.name, files.content(file.path))


def digest_of(name: str, data: bytes) -> str:
    """Of a file's name and content."""
    return hashlib.sha256(f"{name}\0".encode() + data).hexdigest()[:32]
