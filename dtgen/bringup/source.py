"""Where a log comes from: a file, compressed or not, the standard input, or an archive of `dtgen collect`."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from dtgen.bringup import log
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.records import dataclass

STDIN = "-"
_PROBE = 4096
PATIENCE = 60
"""Seconds within which somebody has to begin to write to a pipe."""
_TREE = "device-tree/"
_TAR_MAGIC = 257, b"ustar"
_LARGEST = 64 << 20
"""Bytes of a file in an archive that is kept in memory: a tree or a table of interrupts."""

_OPENERS: Mapping[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    b"\xfd7zXZ\0": lambda stream: cast(BinaryIO, lzma.LZMAFile(stream)),  # noqa: SIM115  `opened()` closes it
    b"BZh": lambda stream: cast(BinaryIO, bz2.BZ2File(stream)),
}
_BROKEN = (OSError, EOFError, lzma.LZMAError, tarfile.TarError, zlib.error)


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The bytes of a log, decompressed. `name`: a file, or `-`. Raises: ToolError."""
    shown = display(name)
    try:
        with _raw(name) as raw, _unpacked(raw) as stream:
            head = _peek(stream)
            if not head:
                raise empty(shown)
            log.check_text(head, shown)
            yield stream
    except _BROKEN as error:
        raise ToolError(f"cannot read {shown}: {_reason(error)}") from error


def empty(shown: str) -> ToolError:
    """Of a log without a byte: that no failure was found in it would be no news."""
    return ToolError(f"{shown} is empty", "give the whole log; on a board, dmesg may be root's alone")


def display(name: str) -> str:
    return "stdin" if name == STDIN else layout.display(Path(name))


def _raw(name: str) -> io.BufferedReader:
    if name == STDIN:
        return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False))
    return files.stream(Path(name), PATIENCE)


def _peek(stream: BinaryIO) -> bytes:
    return cast(io.BufferedReader, stream).peek(_PROBE)[:_PROBE]


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    head = raw.peek(_PROBE)
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return io.BufferedReader(cast(io.RawIOBase, opener(cast(BinaryIO, raw))))
    return raw


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Archive:
    """What a board's archive has, by name; None, or empty, for what it lacks."""

    name: str
    log: bytes
    interrupts: bytes
    blob: bytes | None
    """The tree as the kernel got it, not redacted."""
    tree: Mapping[str, bytes]
    """The tree as files, by their paths, where the blob could not be read."""


def archive(name: str) -> Archive | None:
    """An archive of `dtgen collect`; None where the file is none. Raises: ToolError.

    What can be read once alone, as a pipe, is taken for a log.
    """
    if name == STDIN or not Path(name).is_file():
        return None
    shown = display(name)
    try:
        with _raw(name) as raw, _unpacked(raw) as stream:
            head = _peek(stream)
            at, magic = _TAR_MAGIC
            if head[at : at + len(magic)] != magic:
                return None
            found = dict(_members(stream))
    except _BROKEN as error:
        raise ToolError(f"cannot read {shown}: {_reason(error)}") from error
    text = found.get("dmesg.txt") or b"".join(v for k, v in sorted(found.items()) if k.startswith("pstore-"))
    tree = {name.removeprefix(_TREE): data for name, data in found.items() if name.startswith(_TREE)}
    if not (text or tree or "fdt.dtb" in found):
        raise ToolError(f"{shown} has no log and no tree", "make it with the script of `dtgen collect`")
    return Archive(shown, text, found.get("interrupts.txt", b""), found.get("fdt.dtb"), tree)


def _members(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """The regular files by their paths below the archive's directory; nothing is written to the disk."""
    with tarfile.TarFile(fileobj=stream) as tar:
        for member in tar:
            if member.isfile() and member.size <= _LARGEST:
                content = tar.extractfile(member)
                if content:
                    yield member.name.removeprefix("./").partition("/")[2], content.read()
