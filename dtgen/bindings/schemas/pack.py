"""A prepared set in one file: an index that is read at once, and the rest, which is read when needed.

After a line that names the format: a checksum of the index and the table, the length of the one, the entries
of the other, and these two. The rest is in parts, of which the table has the ends and the checksums: the
compatibles, the schemas one after the other, and what only the next set wants to know, which is the digests
of the files in a line, and what was derived. A part is checked when it is read. All but the table is JSON.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from mmap import ACCESS_READ, mmap
from operator import sub
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from dtgen.errors import ToolError
from dtgen.project import files

_MAGIC = b"dtgen schemas 8\n"
_HEAD = struct.Struct("<IQQ")


NOTHING = b"null"
"""JSON for what is not known."""


class Damaged(Exception):
    """The file is not what was written."""


class Index(TypedDict):
    """What is known of a set without reading its schemas, which are numbered in their order."""

    ids: list[str]
    """Of the schemas, without `#`."""
    version: str
    """dtschema's."""
    maker: str
    """What made the schemas of their files; from another one they may be others."""
    source: str
    """Where the schemas were when the set was made."""
    problems: list[tuple[str, int | None, str]]
    """Files that could not be used: name below the directory of the set, line, message."""
    always: list[int]
    """The schemas that dtschema asks of every node, in its order."""
    conditions: list[Sequence[Sequence[str]] | None]
    """For each of these, what is true of the nodes in which it may find errors."""


Buffer = bytes | memoryview


class Records(NamedTuple):
    """The schemas of a set as JSON."""

    names: Sequence[str]
    """Their `$id` without `#`."""
    sizes: Sequence[int]
    """Bytes of each."""
    sums: Sequence[int]
    """The checksum of each."""
    pieces: Sequence[Buffer]
    """All of them, one after the other, in any pieces."""

    @classmethod
    def of(cls, records: Mapping[str, bytes]) -> Records:
        """Of these."""
        texts = list(records.values())
        return cls(list(records), list(map(len, texts)), list(map(zlib.crc32, texts)), texts)


def numbered(compatibles: Mapping[str, int]) -> bytes:
    """Compatibles and the numbers of their schemas as JSON."""
    return to_json([_joined(compatibles), list(compatibles.values())])


def packed(
    records: Records,
    compatibles: Buffer,
    digests: Sequence[str] = (),
    kept: bytes = NOTHING,
    **known: Any,
) -> list[Buffer]:
    """The file, in pieces.

    `compatibles`: as `numbered` makes them; `digests`: of the files of the schemas, in their order (those
    that were generated come last and have none); `kept`: what was derived from the schemas as JSON, for
    the set that comes next; `known`: what the index has besides the schemas and where they are.
    """
    index = to_json({"ids": _joined(records.names), **known})
    past = b"\n".join((to_json(_joined(digests)), kept))
    ends = list(itertools.accumulate((len(compatibles), *records.sizes, len(past))))
    sums = (zlib.crc32(compatibles), *records.sums, zlib.crc32(past))
    first = index + _table(len(ends)).pack(*ends, *sums)
    head = _HEAD.pack(zlib.crc32(first), len(index), len(ends))
    return [_MAGIC, head, first, compatibles, *records.pieces, past]


def _table(parts: int) -> struct.Struct:
    """Where each part ends, in bytes after the table; then the checksum of each."""
    return struct.Struct(f"<{parts}Q{parts}I")


def _index(text: bytes) -> Index:
    found: Index = json.loads(text)
    found["ids"] = _split(found["ids"])
    return found


def _joined(names: Iterable[str]) -> str | list[str]:
    """Thousands of names as one text, which is read much faster."""
    found = list(names)
    text = "\n".join(found)
    return text if found and text.count("\n") == len(found) - 1 else found


def _split(names: str | list[str]) -> list[str]:
    return names.split("\n") if isinstance(names, str) else names


class Pack(Mapping[str, Any]):
    """The schemas of a set, by `$id` without `#`."""

    def __init__(self, file: Path) -> None:
        """Raises: Damaged, OSError."""
        try:
            with files.own(file) as stream:
                self._data = mmap(stream.fileno(), 0, access=ACCESS_READ)
            if self._data[: len(_MAGIC)] != _MAGIC:
                raise Damaged
            checksum, length, parts = _HEAD.unpack_from(self._data, len(_MAGIC))
            start = len(_MAGIC) + _HEAD.size
            table = _table(min(parts, len(self._data)))
            numbers = table.unpack_from(self._data, start + length)
        except (ValueError, struct.error) as error:
            raise Damaged from error
        self._file, self._start = file, start + length + table.size
        self._ends, self._sums = numbers[:parts], numbers[parts:]
        first = self._data[start : self._start]
        if not parts or zlib.crc32(first) != checksum or self._start + self._ends[-1] != len(self._data):
            raise Damaged
        self.index: Index = _index(first[:length])
        self._numbers = dict(zip(self.index["ids"], itertools.count(1), strict=False))
        self._read: dict[str, Any] = {}

    def _part(self, number: int) -> bytes:
        """Raises: ToolError where it is damaged; the set is removed then, so that it is made again."""
        start, end = (self._ends[number - 1] if number else 0), self._ends[number]
        found = self._data[self._start + start : self._start + end]
        if zlib.crc32(found) != self._sums[number]:
            with contextlib.suppress(OSError):
                self._file.unlink()
            raise ToolError(
                f"the prepared bindings in {self._file} were damaged",
                "run dtgen again: they are made anew then",
            )
        return found

    def __getitem__(self, name: str) -> Any:
        """Raises: KeyError, ToolError where it is damaged."""
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = json.loads(self.record(name))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def numbered(self) -> bytes:
        """The compatibles, as the function of this name has them."""
        return self._part(0)

    @cached_property
    def compatibles(self) -> dict[str, int]:
        """The number of a compatible's schema."""
        names, numbers = json.loads(self.numbered())
        return dict(zip(_split(names), numbers, strict=True))

    def record(self, name: str) -> bytes:
        """A schema as JSON. Raises: KeyError, ToolError where it is damaged."""
        return self._part(self._numbers[name])

    def records(self) -> dict[str, bytes]:
        """All schemas as JSON. Raises: ToolError where one is damaged."""
        return {name: self._part(number) for name, number in self._numbers.items()}

    def with_other(self, records: Mapping[str, bytes]) -> Records:
        """All schemas, these in another form."""
        ends, data = self._ends, memoryview(self._data)[self._start :]
        sizes, sums = list(map(sub, ends[1:-1], ends)), list(self._sums[1:-1])
        pieces: list[Buffer] = []
        copied = ends[0]
        for number, record in sorted((self._numbers[name], record) for name, record in records.items()):
            pieces += data[copied : ends[number - 1]], record
            copied = ends[number]
            sizes[number - 1], sums[number - 1] = len(record), zlib.crc32(record)
        pieces.append(data[copied : ends[-2]])
        return Records(list(self), sizes, sums, pieces)

    def digests(self) -> list[str]:
        """Of the files of the schemas, in their order."""
        return _split(json.loads(self._past[0]))

    def kept(self) -> bytes:
        """What was derived from the schemas, as JSON."""
        return self._past[1]

    @cached_property
    def _past(self) -> tuple[bytes, bytes]:
        digests, _, kept = self._part(len(self._ends) - 1).partition(b"\n")
        return digests, kept

    def processed(self) -> bytes:
        """The text of a processed schema file, as dtschema's tools take it."""
        entries = [to_json(name) + b":" + self.record(name) for name in self]
        entries.append(b'"version":' + to_json(self.index["version"]))
        return b"{" + b",".join(entries) + b"}"


def to_json(value: Any) -> bytes:
    """As compact as it gets."""
    return _encode(value).encode()


_encode = json.JSONEncoder(separators=(",", ":")).encode
