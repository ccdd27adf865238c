"""A prepared set in one file: an index that is read at once, and the rest, which is read when needed.

After a line that names the format: the checksum of all that follows, the lengths of the index and of the
compatibles, these two, the schemas one after the other, and what only the next set wants to know: the
digests of the files in a line, and what was derived; all of these are JSON.
"""

from __future__ import annotations

import itertools
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from mmap import ACCESS_READ, mmap
from operator import add
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from dtgen.project import files

_MAGIC = b"dtgen schemas 7\n"
_SUM, _LENGTHS = struct.Struct("<I"), struct.Struct("<QQ")


NOTHING = b"null"
"""JSON for what is not known."""


class Damaged(Exception):
    """The file is not what was written."""


class Index(TypedDict):
    """What is known of a set without reading its schemas, which are numbered in their order."""

    ids: list[str]
    """Of the schemas, without `#`."""
    ends: list[int]
    """Where each schema ends, in bytes after the compatibles."""
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
    ends: Sequence[int]
    """Where each one ends, in bytes."""
    pieces: Sequence[Buffer]
    """All of them, one after the other, in any pieces."""

    @classmethod
    def of(cls, records: Mapping[str, bytes]) -> Records:
        """Of these."""
        ends = list(itertools.accumulate(map(len, records.values())))
        return cls(list(records), ends, list(records.values()))


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
    index = to_json({"ids": _joined(records.names), "ends": records.ends, **known})
    lengths = _LENGTHS.pack(len(index), len(compatibles))
    body = [lengths, index, compatibles, *records.pieces, to_json(_joined(digests)), b"\n", kept]
    checksum = 0
    for piece in body:
        checksum = zlib.crc32(piece, checksum)
    return [_MAGIC, _SUM.pack(checksum), *body]


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

    def __init__(self, file: Path, *, is_whole: bool = False) -> None:
        """`is_whole`: it is known to be what was written. Raises: Damaged, OSError."""
        try:
            with files.own(file) as stream:
                self._data = mmap(stream.fileno(), 0, access=ACCESS_READ)
            (checksum,) = _SUM.unpack_from(self._data, len(_MAGIC))
            body = len(_MAGIC) + _SUM.size
            of_index, of_compatibles = _LENGTHS.unpack_from(self._data, body)
        except (ValueError, struct.error) as error:
            raise Damaged from error
        if self._data[: len(_MAGIC)] != _MAGIC:
            raise Damaged
        if not is_whole and zlib.crc32(memoryview(self._data)[body:]) != checksum:
            raise Damaged
        start = body + _LENGTHS.size
        self.index: Index = _index(self._data[start : start + of_index])
        self._start = start + of_index + of_compatibles
        self.numbered = memoryview(self._data)[start + of_index : self._start]
        """The compatibles, as JSON."""
        self._numbers = dict(zip(self.index["ids"], itertools.count(), strict=False))
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Raises: KeyError."""
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

    @cached_property
    def compatibles(self) -> dict[str, int]:
        """The number of a compatible's schema."""
        names, numbers = json.loads(bytes(self.numbered))
        return dict(zip(_split(names), numbers, strict=True))

    def record(self, name: str) -> bytes:
        """A schema as JSON. Raises: KeyError."""
        number, ends = self._numbers[name], self.index["ends"]
        return self._data[self._start + (ends[number - 1] if number else 0) : self._start + ends[number]]

    def records(self) -> dict[str, bytes]:
        """All schemas as JSON."""
        ends = self.index["ends"]
        data = self._data[self._start : self._start + ends[-1]]
        return {name: data[start:end] for name, start, end in zip(self, [0, *ends], ends, strict=False)}

    def with_other(self, records: Mapping[str, bytes]) -> Records:
        """All schemas, these in another form."""
        ends, data = self.index["ends"], memoryview(self._data)[self._start :]
        pieces: list[Buffer] = []
        copied = 0
        more = [0] * len(ends)
        for number, record in sorted((self._numbers[name], record) for name, record in records.items()):
            start, end = ends[number - 1] if number else 0, ends[number]
            pieces += data[copied:start], record
            copied, more[number] = end, len(record) - (end - start)
        pieces.append(data[copied : ends[-1]])
        return Records(list(self), list(map(add, ends, itertools.accumulate(more))), pieces)

    def digests(self) -> list[str]:
        """Of the files of the schemas, in their order."""
        return _split(json.loads(self._past[0]))

    def kept(self) -> bytes:
        """What was derived from the schemas, as JSON."""
        return self._past[1]

    @cached_property
    def _past(self) -> tuple[bytes, bytes]:
        digests, _, kept = self._data[self._start + self.index["ends"][-1] :].partition(b"\n")
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
