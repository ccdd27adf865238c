"""A prepared set in one file: an index that is read at once, and schemas that are read when needed.

After a line that names the format: the checksum of all that follows, the length of the index, the
index, and the schemas one after the other; index and schemas are JSON.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypedDict

_MAGIC = b"dtgen schemas 2\n"
_SUM, _LENGTH = struct.Struct("<I"), struct.Struct("<Q")


class Damaged(Exception):
    """The file is not what was written."""


class Index(TypedDict):
    """What is known of a set without reading its schemas, which are numbered in their order."""

    ids: list[str]
    """Of the schemas, without `#`."""
    ends: list[int]
    """Where each schema ends, in bytes after the index."""
    version: str
    """dtschema's."""
    source: str
    """Where the schemas were when the set was made."""
    problems: list[tuple[str, int | None, str]]
    """Files that could not be used: name below the directory of the set, line, message."""
    always: list[int]
    """The schemas that dtschema asks of every node, in its order."""
    conditions: list[Sequence[Sequence[str]] | None]
    """For each of these, what is true of the nodes in which it may find errors."""
    compatibles: dict[str, int]
    """The schema of a compatible."""


def packed(schemas: Mapping[str, Any], **known: Any) -> bytes:
    """The bytes of the file. `known`: what the index has besides the schemas and where they are."""
    records = [_json(schema) for schema in schemas.values()]
    end = 0
    index = _json({"ids": list(schemas), "ends": [end := end + len(record) for record in records], **known})
    body = b"".join([_LENGTH.pack(len(index)), index, *records])
    return b"".join([_MAGIC, _SUM.pack(zlib.crc32(body)), body])


class Pack(Mapping[str, Any]):
    """The schemas of a set, by `$id` without `#`."""

    def __init__(self, file: Path) -> None:
        """Raises: Damaged, OSError."""
        try:
            with file.open("rb") as stream:
                self._data = mmap(stream.fileno(), 0, access=ACCESS_READ)
            (checksum,) = _SUM.unpack_from(self._data, len(_MAGIC))
            body = len(_MAGIC) + _SUM.size
            (length,) = _LENGTH.unpack_from(self._data, body)
        except (ValueError, struct.error) as error:
            raise Damaged from error
        if self._data[: len(_MAGIC)] != _MAGIC or zlib.crc32(memoryview(self._data)[body:]) != checksum:
            raise Damaged
        self._start = body + _LENGTH.size + length
        self.index: Index = json.loads(self._data[body + _LENGTH.size : self._start])
        self._numbers = {name: number for number, name in enumerate(self.index["ids"])}
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Raises: KeyError."""
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = json.loads(self._record(self._numbers[name]))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def processed(self) -> bytes:
        """The text of a processed schema file, as dtschema's tools take it."""
        entries = [_json(name) + b":" + self._record(number) for name, number in self._numbers.items()]
        entries.append(b'"version":' + _json(self.index["version"]))
        return b"{" + b",".join(entries) + b"}"

    def _record(self, number: int) -> bytes:
        ends = self.index["ends"]
        return self._data[self._start + (ends[number - 1] if number else 0) : self._start + ends[number]]


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
