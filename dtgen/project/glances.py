"""Whether files are as they were when they were read last, at a glance at their sizes, times and inodes.

One that was changed so lately that it could change once more without a trace is not remembered, as in
git's index.
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
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from dtgen import __version__
from dtgen.errors import DtgenError
from dtgen.project import files, layout, store

RACY = 2_000_000_000
"""Nanoseconds; the coarsest times of a file system are two seconds apart (FAT)."""

_INODE = (1 << 63) - 1
_GLANCES = 8
"""A directory may be a part of several sets."""


class Glance(NamedTuple):
    """Of all files of one kind at once, without reading one."""

    digest: str
    """Of their names, sizes, times and inodes, and of what `maker` stands for."""
    newest: int
    """When the last of them was changed, in nanoseconds."""

    @classmethod
    def at(
        cls, directories: Sequence[Path], files: Sequence[Path], maker: str, suffix: str = ".yaml"
    ) -> Glance | None:
        """At the files below directories, and at some more; None where one cannot be looked at."""
        names: list[str] = []
        numbers: list[int] = []
        newest = 0
        try:
            for path, status in (
                *((str(file), file.stat()) for file in files),
                *itertools.chain.from_iterable(_statuses(str(d), suffix, set()) for d in directories),
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


def _statuses(
    directory: str, suffix: str, seen: set[tuple[int, int]]
) -> Iterator[tuple[str, os.stat_result]]:
    """The same files as `files.below`, by name."""
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
            yield from _statuses(entry.path, suffix, seen)
        elif name.endswith(suffix):
            yield entry.path, entry.stat()


class Glances:
    """What was known of the files below one directory when all looked the same, by its key."""

    def __init__(self, folder: Path, directory: Path) -> None:
        self._file = folder / f"{name_of(directory)}.seen"
        self._keys: dict[str, str] = json.loads(store.load(self._file) or "{}")

    def key(self, glance: Glance | None) -> str | None:
        """Of what was there when all looked the same."""
        return self._keys.get(glance.digest) if glance else None

    def keep(self, glance: Glance | None, key: str) -> None:
        """Remember it; not where a file could change once more without a trace."""
        if glance is None or glance.newest >= time.time_ns() - RACY or self.key(glance) == key:
            return
        kept = dict([*self._keys.items(), (glance.digest, key)][-_GLANCES:])
        with contextlib.suppress(DtgenError):
            store.save(self._file, json.dumps(kept).encode(), durably=False)


def name_of(directory: Path) -> str:
    """What is remembered of a directory by."""
    return hashlib.sha256(os.fsencode(layout.resolved(directory))).hexdigest()[:32]


@cache
def fingerprint(package: Path) -> str:
    """Of the sources below a directory of ours: nothing is used that another dtgen has kept."""
    seen = Glances(layout.kept_digests(layout.cache_directory()), package)
    glance = Glance.at((package,), (), __version__, ".py")
    if known := seen.key(glance):
        return known
    digest = hashlib.sha256(__version__.encode())
    for name in sorted(files.below(package, ".py")):
        digest.update(files.content(f"{package}/{name}"))
    seen.keep(glance, digest.hexdigest())
    return digest.hexdigest()
