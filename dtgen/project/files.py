"""Read inputs with one clear error; write outputs whole or not at all.

Nothing else of dtgen opens a file, so that what an editor has not saved yet can stand before the file here.
What reads for itself is given its path: cpp, and dtschema where it must have lines.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.project import layout
from dtgen.words import near_names

MAX_SIZE = 256 << 20
"""Bytes of any file that is read whole; a link can lead to a device, which has no end."""
_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_BUFFER = 1 << 17
"""Bytes that are read or written at once, of what comes in pieces."""
Content = bytes | Sequence[bytes | memoryview]
"""Of a file that is written, whole or in pieces."""
WRITABLE = stat.S_IWGRP | stat.S_IWOTH
"""By others than the owner."""


class Unreadable(ToolError):
    """A file cannot be read: the end of the run where that is about nothing else, else a finding."""

    def __init__(self, message: str, file: Path = Path()) -> None:
        super().__init__(message)
        self.file = file

    def refusal(self) -> Rejected:
        """The finding."""
        return rejected("unreadable", str(self), Location(layout.display(self.file)))


def content(file: Path | str, limit: int | None = None) -> bytes:
    """The first `limit` bytes; None: all. Raises: OSError, also where that is more than `MAX_SIZE`."""
    most = MAX_SIZE + 1 if limit is None else limit
    descriptor = os.open(file, _READING)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):  # as nearly all are, and thousands are read one after the other
        data = _whole(descriptor, status.st_size, most)
    else:
        with _stream(descriptor, 0) as opened:
            data = opened.read(most)
    if limit is None and len(data) > MAX_SIZE:
        raise OSError(errno.EFBIG, f"it is larger than {MAX_SIZE >> 20} MiB")
    return data


def _whole(descriptor: int, size: int, most: int) -> bytes:
    """A regular file, which is closed then. `size`: bytes that there are, if it does not grow."""
    data, next_ = b"", size + 1
    try:
        while piece := os.read(descriptor, min(next_, most - len(data))):
            data += piece
            next_ = _BUFFER
    finally:
        os.close(descriptor)
    return data


def near(file: Path) -> Path | None:
    """What lies where `file` does not, with a name like its; None where nothing does."""
    try:
        beside = sorted(file.parent.iterdir())
    except OSError:
        return None
    # by their stems: endings make any two names alike
    stems = {found.stem: found for found in sorted(beside, key=lambda found: found.suffix == file.suffix)}
    return next((stems[stem] for stem in near_names(file.stem, stems)), None)


class _Pipe(io.FileIO):
    is_open = False
    """Whether somebody can write to it yet."""

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self.is_open = count is None
        return count


def _comes(pipe: int, patience: int) -> bool:
    """Whether somebody begins to write to it."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(patience * 1000))


def stream(file: Path | str, patience: int = 0) -> io.BufferedReader:
    """For what may be larger than memory; the caller closes it.

    Raises: OSError, also for a pipe that nobody writes to within `patience` seconds.
    """
    return _stream(os.open(file, _READING), patience)


def _stream(descriptor: int, patience: int) -> io.BufferedReader:
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raw = (_Pipe if stat.S_ISFIFO(mode) else io.FileIO)(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise
    opened: io.BufferedReader = io.BufferedReader(raw)  # which closes the descriptor from now on
    try:
        if isinstance(raw, _Pipe) and not (opened.peek(1) or raw.is_open or _comes(descriptor, patience)):
            raise OSError(errno.EPIPE, "it is a pipe, and nobody writes to it")
        os.set_blocking(descriptor, True)
    except OSError:
        opened.close()
        raise
    return opened


def own(file: Path) -> io.BufferedReader:
    """For a file that nobody else can have written; the caller closes it. Raises: OSError, else, too."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & WRITABLE:
        return open(descriptor, "rb")  # noqa: PTH123
    os.close(descriptor)
    raise PermissionError(errno.EPERM, "others can have written it")


def text(file: Path | str, errors: str = "strict") -> str:
    """A text in UTF-8, each of whose lines ends with a line feed. Raises: OSError, UnicodeDecodeError."""
    return content(file).decode("utf-8", errors).replace("\r\n", "\n").replace("\r", "\n")


_MOST_SHOWN = 4 << 20
"""Bytes of a file whose lines are shown."""


def shown_lines() -> Callable[[str, int], str | None]:
    """Gives a line of a text, from 1; None where there is no such line, or no such text."""
    lines = cache(_lines)

    def line(file: str, number: int) -> str | None:
        found = lines(file)
        return found[number - 1].removesuffix("\r") if number <= len(found) else None

    return line


def _lines(file: str) -> tuple[str, ...]:
    try:
        data = content(file, _MOST_SHOWN) if os.path.isfile(file) else b""  # noqa: PTH113
    except OSError:
        return ()
    return () if b"\0" in data or not data else tuple(data.decode("utf-8", "replace").split("\n"))


def read(file: Path, limit: int) -> bytes:
    """At most `limit` bytes. Raises: Unreadable, also where it is larger."""
    try:
        data = content(file, limit + 1)
    except OSError as error:
        raise Unreadable(f"cannot read {file}: {error.strerror}", file) from error
    if len(data) > limit:
        raise Unreadable(f"{file} is larger than {limit >> 20} MiB, the most that dtgen reads", file)
    return data


def below(directory: Path, suffix: str) -> Iterator[str]:
    """The paths, relative to it, of the files below a directory; as a shell's `**`, without hidden ones.

    Links to directories are followed. Raises: ToolError where a directory cannot be read.
    """

    def unreadable(error: OSError) -> None:
        raise ToolError(f"cannot read {Path(error.filename)}: {error.strerror}") from error

    root = os.path.join(directory, "")  # noqa: PTH118  thousands of them: a Path for each takes longer
    seen: set[tuple[int, int]] = set()
    for parent, directories, names in os.walk(root, followlinks=True, onerror=unreadable):
        status = os.stat(parent)  # noqa: PTH116
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back
            directories.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        directories[:] = (name for name in directories if not name.startswith("."))
        where = parent[len(root) :]
        for name in names:
            if name.endswith(suffix) and not name.startswith("."):
                yield f"{where}/{name}" if where else name


def keep_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raises: ToolError where an output would overwrite an input; links are followed."""
    given = [file for file in inputs if file.exists()]
    for output in outputs:
        if output.exists() and any(output.samefile(file) for file in given):
            raise ToolError(
                f"the output {layout.display(output)} is one of the inputs", "write to another file"
            )


def make_directory(directory: Path, mode: int = 0o777) -> None:
    """`mode`: of all that is made, without what the umask forbids. Raises: ToolError."""
    try:
        for missing in reversed([above for above in directory.parents if not above.exists()]):
            missing.mkdir(mode, exist_ok=True)
        directory.mkdir(mode, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cannot make the directory {directory}: {error.strerror}") from error


def write_atomically(file: Path, data: Content, durably: bool = True, mode: int = 0o666) -> None:
    """Write aside, flush to the disk, rename: a reader sees the old file or the new one, never a part.

    `durably`: whether that is to hold after a power failure, too; `mode`: without what the umask forbids.
    Raises: ToolError; then the old file, if there was one, is as it was.
    """
    write_together({file: data}, durably, mode)


def write_privately(file: Path, data: Content, durably: bool = True) -> None:
    """The same of a file, and of directories for it, that others can neither read nor write."""
    make_directory(file.parent, 0o700)
    write_atomically(file, data, durably, 0o600)


def write_together(outputs: Mapping[Path, Content], durably: bool = True, mode: int = 0o666) -> None:
    """The same of several files, which are renamed only when all of them are there.

    Until then they have no name, where the file system can do that: a process that is killed leaves none.
    Raises: ToolError.
    """
    aside: dict[Path, Path] = {}
    try:
        with contextlib.ExitStack() as opened:
            unnamed: dict[Path, io.BufferedWriter] = {}
            for file, data in outputs.items():
                make_directory(file.parent)
                aside[file] = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
                stream, has_name = _aside(aside[file], mode)
                opened.enter_context(stream)
                for piece in [data] if isinstance(data, bytes) else data:
                    stream.write(piece)
                stream.flush()
                if durably:
                    os.fsync(stream.fileno())
                if not has_name:
                    unnamed[file] = stream
            for file, temporary in aside.items():
                if file in unnamed:
                    number = unnamed[file].fileno()
                    os.link(f"/proc/self/fd/{number}", temporary, src_dir_fd=number, follow_symlinks=True)
                temporary.replace(file)
    except OSError as error:
        raise ToolError(f"cannot write {file}: {error.strerror}") from error
    finally:
        for temporary in aside.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def _aside(temporary: Path, mode: int) -> tuple[io.BufferedWriter, bool]:
    """To write to, and whether it has its name already. Raises: OSError.

    It is not tempfile's, whose mode is not the one that the umask gives to any other file.
    """
    has_name, descriptor = False, -1
    if hasattr(os, "O_TMPFILE") and os.path.exists("/proc/self/fd"):  # noqa: PTH110  Linux alone
        with contextlib.suppress(OSError):  # not all file systems have files without a name
            descriptor = os.open(temporary.parent, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, mode)
    if descriptor < 0:
        has_name = True
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    return io.BufferedWriter(io.FileIO(descriptor, "wb"), _BUFFER), has_name


def write_output(file: Path, data: bytes) -> None:
    """Write what the user asked for, to where the user said.

    A regular file is replaced whole, and what a symbolic link leads to rather than the link; a device, a
    pipe and `-`, the standard output, are written to. Raises: ToolError, also for anything else.
    """
    if str(file) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = stat.S_IFREG  # to be made, also at the end of a link
    except OSError as error:
        raise ToolError(f"cannot write {file}: {error.strerror}") from error
    if stat.S_ISREG(mode):
        write_atomically(layout.resolved(file) if file.is_symlink() else file, data)
    elif stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
        try:
            with file.open("wb", buffering=0) as stream:
                left = memoryview(data)
                while left:
                    left = left[stream.write(left) or 0 :]
        except OSError as error:
            raise ToolError(f"cannot write {file}: {error.strerror}") from error
    else:
        kind = (
            "Is a directory" if stat.S_ISDIR(mode) else "Is a disk" if stat.S_ISBLK(mode) else "Is a socket"
        )
        raise ToolError(f"cannot write {file}: {kind}")


def to_terminal(text: str) -> None:
    """Show a word to the person at the terminal, whatever becomes of the output; nothing without one."""
    with contextlib.suppress(OSError), open("/dev/tty", "w", encoding="utf-8") as terminal:  # noqa: PTH123
        terminal.write(text)
