"""The files of a set and the digests of their contents, which are remembered from run to run.

A file is read again as soon as its size, its times or its inode are others. One that was changed so
lately that it could change once more without a trace is not remembered, as in git's index.
Source: git's `Documentation/technical/racy-git.txt`.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import time
from array import array
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from dtgen.errors import DtgenError, ToolError
from dtgen.project import files, layout, store

_SUFFIX = ".yaml"
_UNREADABLE = "\0"
"""In what stands for the digest of such a file: behind the reason, before the name."""
_RACY = 2_000_000_000
"""Nanoseconds; the coarsest times of a file system are two seconds apart (FAT)."""

_INODE = (1 << 63) - 1
_GLANCES = 8
"""A directory may be a part of several sets."""

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


class Glance(NamedTuple):
    """Of all files of a set at once, without reading one."""

    digest: str
    """Of their names, sizes, times and inodes, and of what makes sets."""
    newest: int
    """When the last of them was changed, in nanoseconds."""

    @classmethod
    def at(cls, directories: Sequence[Path], files: Sequence[Path], maker: str) -> Glance | None:
        """At the schema files below directories, and at some more; None where one cannot be looked at."""
        names: list[str] = []
        numbers: list[int] = []
        newest = 0
        try:
            for path, status in (
                *((str(file), file.stat()) for file in files),
                *itertools.chain.from_iterable(_statuses(str(d), set()) for d in directories),
            ):
                names.append(path)
                mtime, ctime = status.st_mtime_ns, status.st_ctime_ns
                numbers += (status.st_size, mtime, ctime, status.st_ino & _INODE, status.st_dev & _INODE)
                newest = max(newest, mtime, ctime)
            text = "\0".join([maker, *names]).encode("utf-8", "surrogateescape")
            digest = hashlib.sha256(text + b"\0" + array("q", numbers).tobytes()).hexdigest()
        except (OSError, OverflowError):
            return None
        return cls(digest, newest)


def _statuses(directory: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, os.stat_result]]:
    """The same files as `below`, by name."""
    status = os.stat(directory)  # noqa: PTH116
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    with os.scandir(directory) as entries:
        found = sorted(entries, key=attrgetter("name"))
    for entry in found:
        name = entry.name
        if name.startswith("."):
            continue
        if entry.is_dir():
            yield from _statuses(entry.path, seen)
        elif name.endswith(_SUFFIX):
            yield entry.path, entry.stat()


class Glances:
    """The sets that were found at a glance, of one directory."""

    def __init__(self, folder: Path, directory: Path) -> None:
        self._file = folder / f"{_name_of(directory)}.seen"
        self._keys: dict[str, str] = json.loads(store.load(self._file) or "{}")

    def key(self, glance: Glance | None) -> str | None:
        """Of the set that was there when all looked the same."""
        return self._keys.get(glance.digest) if glance else None

    def keep(self, glance: Glance | None, key: str) -> None:
        """Remember a set; not where a file could change once more without a trace."""
        if glance is None or glance.newest >= time.time_ns() - _RACY or self.key(glance) == key:
            return
        kept = dict([*self._keys.items(), (glance.digest, key)][-_GLANCES:])
        with contextlib.suppress(DtgenError):
            store.save(self._file, json.dumps(kept).encode(), durably=False)


class Memory:
    """What is remembered of a directory's files."""

    def __init__(self, folder: Path, directory: Path) -> None:
        self._file = folder / f"{_name_of(directory)}.files"
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
            if max(stat.st_mtime_ns, stat.st_ctime_ns) < now - _RACY:
                self._seen[file.path] = known
            yield known[1]

    def keep(self, key: str) -> None:
        """Remember what was seen, and that the set of this key was prepared; or not, if that fails."""
        if self._seen == self._known and self.last == key:
            return
        text = json.dumps({"last": key, "files": self._seen}, separators=(",", ":")).encode()
        with contextlib.suppress(DtgenError):
            store.save(self._file, text)


def _name_of(directory: Path) -> str:
    """What is remembered of a directory by."""
    return hashlib.sha256(os.fsencode(layout.resolved(directory))).hexdigest()[:32]


def unreadable(digest: str) -> str:
    """Why a file cannot be read, by its digest; empty where it can."""
    reason, unreadable, _ = digest.partition(_UNREADABLE)
    return reason if unreadable else ""


def _digest(file: File) -> str:
    return digest_of(file.name, files.content(file.path))


def digest_of(name: str, data: bytes) -> str:
    """Of a file's name and content."""
    return hashlib.sha256(f"{name}\0".encode() + data).hexdigest()[:32]
