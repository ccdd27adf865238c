"""Read inputs with one clear error; write outputs whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
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


def write_atomically(file: Path, data: bytes) -> None:
    """Write aside, flush to the disk, rename: a reader sees the old file or the new one, never a part.

    Raises: ToolError; then the old file, if there was one, is as it was.
    """
    make_directory(file.parent)
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; outputs get what the user's umask gives to any other
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(file)
    except OSError as error:
        raise ToolError(f"cannot write {file}: {error.strerror}") from error
    finally:
        if temporary:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
