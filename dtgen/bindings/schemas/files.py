"""The files of a set and the digests of their contents, which are remembered from run to run.

A file is read again as soon as its size, its times or its inode are others. One that was changed so
lately that it could change once more without a trace is not remembered; see `project/glances.py`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import os
import time
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dtgen.bindings.schemas.pack import to_json
from dtgen.errors import DtgenError, ToolError
from dtgen.project import files, glances, store

_SUFFIX = ".yaml"
_UNREADABLE = "\0"
"""In what stands for the digest of such a file: behind the reason, before the name."""
_Signature = list[int]


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
        self._file = folder / f"{glances.name_of(directory)}.digests"
        self.last = ""
        """The key of the set that was prepared last."""
        self._known: dict[str, tuple[_Signature, str]] = {}
        text = store.load(self._file)
        if text is not None:
            data = json.loads(text)
            self.last = data["last"]
            signatures = glances.of_each(array("q", base64.b64decode(data["signatures"])))
            self._known = dict(zip(data["paths"], zip(signatures, data["digests"], strict=True), strict=True))

    def digests(self, wanted: Sequence[File], signatures: Mapping[str, list[int]] | None = None) -> list[str]:
        """Of each file's name and content. `signatures`: of files that were looked at just now, by path."""
        self._seen: dict[str, tuple[_Signature, str]] = {}
        self._read: list[tuple[File, _Signature | None, str]] = []
        now, at_hand = time.time_ns(), signatures or {}
        return [self._digest(file, at_hand.get(file.path), now) for file in wanted]

    def _digest(self, file: File, signature: _Signature | None, now: int) -> str:
        try:
            signature = signature or _signature(file)
            known = self._known.get(file.path)
            if known is None or known[0] != signature:
                known = (signature, _digest(file))
                self._read.append((file, *known))
        except OSError as error:
            self._read.append((file, None, _no_digest(file, error)))
            return _no_digest(file, error)
        if glances.is_settled(signature, now):
            self._seen[file.path] = known
        return known[1]

    def stands(self) -> bool:
        """Whether all that was read, or could not be, is still as it was then."""
        return all(self._is_still(*read) for read in self._read)

    def _is_still(self, file: File, signature: _Signature | None, digest: str) -> bool:
        try:
            return (file.path in self._seen and _signature(file) == signature) or _digest(file) == digest
        except OSError as error:
            return _no_digest(file, error) == digest

    def keep(self, key: str) -> None:
        """Remember what was seen, and that the set of this key was prepared; or not, if that fails."""
        if self._seen == self._known and self.last == key:
            return
        numbers = array("q", itertools.chain.from_iterable(signature for signature, _ in self._seen.values()))
        kept = {
            "last": key,
            "paths": list(self._seen),
            "digests": [digest for _, digest in self._seen.values()],
            # as one text, for JSON takes as long for these numbers as for all else
            "signatures": base64.b64encode(numbers.tobytes()).decode(),
        }
        with contextlib.suppress(DtgenError):
            store.save(self._file, to_json(kept), durably=False)


def unreadable(digest: str) -> str:
    """Why a file cannot be read, by its digest; empty where it can."""
    reason, unreadable, _ = digest.partition(_UNREADABLE)
    return reason if unreadable else ""


def _signature(file: File) -> _Signature:
    return glances.signature(os.stat(file.path))  # noqa: PTH116


def _no_digest(file: File, error: OSError) -> str:
    return f"{error.strerror}{_UNREADABLE}{file.name}"


def _digest(file: File) -> str:
    return digest_of(file.name, files.content(file.path))


def digest_of(name: str, data: bytes) -> str:
    """Of a file's name and content."""
    return hashlib.sha256(f"{name}\0".encode() + data).hexdigest()[:32]
