"""Read inputs with one clear error; write outputs whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from dtgen.errors import ToolError


def read(file: Path, limit: int) -> bytes:
    """At most `limit` bytes. Raises: ToolError where it cannot be read or is larger."""
    try:
        with file.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ToolError(f"cannot read {file}: {error.strerror}") from error
    if len(data) > limit:
        raise ToolError(f"{file} is larger than {limit >> 20} MiB, the most that dtgen reads")
    return data


def make_directory(directory: Path) -> None:
    """Raises: ToolError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cannot make the directory {directory}: {error.strerror}") from error


def write_atomically(file: Path, data: bytes, durably: bool = True) -> None:
    """Write aside, flush to the disk, rename: a reader sees the old file or the new one, never a part.

    `durably`: whether that is to hold after a power failure, too.
    Raises: ToolError; then the old file, if there was one, is as it was.
    """
    make_directory(file.parent)
    temporary = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
    try:
        # with the mode that the umask gives to any other file, which tempfile's would not have
        with temporary.open("xb") as stream:
            stream.write(data)
            if durably:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError as error:
        raise ToolError(f"cannot write {file}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
