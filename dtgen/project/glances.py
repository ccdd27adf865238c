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

_SIGNATURE = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev")
_INODE = (1 << 63) - 1
_NUMBERS = 5
"""In a signature."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_GLANCES = 8
"""A directory may be a part of several sets."""


class Glance(NamedTuple):
    """Of all files of one kind at once, without reading one."""

    digest: str
    """Of their names, sizes, times and inodes, and of what `maker` stands for."""
    newest: int
    """When the last of them was changed, in nanoseconds."""
    paths: list[list[str]]
    """Those that were named, and those of each directory, in their order."""
    numbers: array[int]
    """The signature of each, one behind the other."""

    @classmethod
    def at(
        cls, directories: Sequence[Path], files: Sequence[Path], maker: str, suffix: str = ".yaml"
    ) -> Glance | None:
        """At the files below directories, and at some more; None where one cannot be looked at."""
        paths = [[str(file) for file in files]]
        try:
            statuses = [file.stat() for file in files]
            for directory in directories:
                paths.append([])
                _look(str(directory), suffix, paths[-1], statuses, set())
            numbers = _packed(statuses)
        except (OSError, OverflowError):
            return None
        text = "\0".join([maker, *itertools.chain.from_iterable(paths)])
        digest = hashlib.sha256(text.encode("utf-8", "surrogateescape") + b"\0" + numbers.tobytes())
        newest = max((*numbers[1::_NUMBERS], *numbers[2::_NUMBERS]), default=0)
        return cls(digest.hexdigest(), newest, paths, numbers)

    def signatures(self) -> dict[str, list[int]]:
        """Of the files, by path."""
        return dict(zip(itertools.chain.from_iterable(self.paths), of_each(self.numbers), strict=True))


def signature(status: os.stat_result) -> list[int]:
    """Size, time of the content, time of the inode, both in nanoseconds, inode and device."""
    size, mtime, ctime, inode, device = _SIGNATURE(status)
    return [size, mtime, ctime, inode & _INODE, device & _INODE]


def _packed(statuses: Sequence[os.stat_result]) -> array[int]:
    """The signature of each. Raises: OverflowError."""
    try:
        return array("q", itertools.chain.from_iterable(map(_SIGNATURE, statuses)))
    except OverflowError:  # inodes of 64 bits
        return array("q", itertools.chain.from_iterable(map(signature, statuses)))


def of_each(numbers: array[int]) -> Iterator[list[int]]:
    """Signatures that stand one behind the other."""
    listed = numbers.tolist()
    return (listed[at : at + _NUMBERS] for at in range(0, len(listed), _NUMBERS))


def is_settled(seen: list[int], now: int) -> bool:
    """Whether a file cannot have changed since without another signature. `now`: in nanoseconds."""
    return max(seen[1], seen[2]) < now - RACY


def _look(
    directory: str,
    suffix: str,
    paths: list[str],
    statuses: list[os.stat_result],
    seen: set[tuple[int, int]],
) -> None:
    """Add the same files as `files.below`, by name."""
    # by its number: what is in it is found without looking for it from the root
    descriptor = os.open(directory, _DIRECTORY)
    try:
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(descriptor) as entries:
            found = sorted(entries, key=attrgetter("name"))
        for entry in found:
            name = entry.name
            if name.startswith("."):
                continue
            if entry.is_dir():
                _look(f"{directory}/{name}", suffix, paths, statuses, seen)
            elif name.endswith(suffix):
                paths.append(f"{directory}/{name}")
                statuses.append(entry.stat())
    finally:
        os.close(descriptor)


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
    kept, glance = layout.cache_directory(), Glance.at((package,), (), __version__, ".py")
    seen = None if store.doubt(kept) else Glances(layout.kept_digests(kept), package)
    if seen and (known := seen.key(glance)):
        return known
    digest = hashlib.sha256(__version__.encode())
    for name in sorted(files.below(package, ".py")):
        digest.update(files.content(f"{package}/{name}"))
    if seen:
        seen.keep(glance, digest.hexdigest())
    return digest.hexdigest()
