"""Files: inputs read with one clear error, outputs written whole or not at all."""

from __future__ import annotations

import gc
import multiprocessing
import os
import socket
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from dtgen.errors import ToolError
from dtgen.project import files

ROOT = Path(__file__).resolve().parents[2]


def test_several_files_are_written_together_or_none_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    wanted = {tmp_path / "a": b"1", tmp_path / "b": b"2"}
    with pytest.raises(ToolError, match="cannot make the directory"):
        files.write_together({**wanted, tmp_path / "file/below": b"3"})
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    files.write_together(wanted)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "a": b"1",
        "b": b"2",
        "file": b"old",
    }


def error(call, *arguments) -> str:
    with pytest.raises(ToolError) as failed:
        call(*arguments)
    return str(failed.value)


def elsewhere(code: str, *arguments: object) -> str:
    """What the code prints in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


@pytest.mark.parametrize("size", [0, 1, 8])
def test_a_file_up_to_the_limit_is_read(tmp_path, size):
    file = tmp_path / "f"
    file.write_bytes(b"x" * size)
    assert files.read(file, 8) == b"x" * size


def test_the_beginning_of_a_file_and_its_text(tmp_path):
    file = tmp_path / "f"
    file.write_bytes("é\r\n1\r2\n".encode())
    assert files.content(str(file), 2) == "é".encode()
    assert files.text(file) == "é\n1\n2\n"
    file.write_bytes(b"\xff\n")
    with pytest.raises(UnicodeDecodeError):
        files.text(file)
    assert files.text(file, "replace") == "\ufffd\n"


def test_a_file_beyond_the_limit(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(bytes((1 << 20) + 1))
    assert error(files.read, file, 1 << 20) == f"{file} is larger than 1 MiB, the most that dtgen reads"


def test_a_file_without_end():
    zero = Path("/dev/zero")
    assert error(files.read, zero, 1 << 20) == "/dev/zero is larger than 1 MiB, the most that dtgen reads"


def test_a_file_that_has_more_than_its_size_is_read_to_its_end(tmp_path: Path) -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    assert files.content("/proc/self/status").startswith(b"Name:")
    file = tmp_path / "file"
    file.write_bytes(bytes(3 * files._BUFFER))
    assert files._whole(os.open(file, os.O_RDONLY), 5, 1 << 30) == bytes(3 * files._BUFFER)
    assert files._whole(os.open(file, os.O_RDONLY), 5, files._BUFFER + 9) == bytes(files._BUFFER + 9)


def test_a_file_that_is_not_there(tmp_path):
    file = tmp_path / "f"
    assert error(files.read, file, 8) == f"cannot read {file}: No such file or directory"


def test_a_directory_is_no_file(tmp_path):
    assert error(files.read, tmp_path, 8) == f"cannot read {tmp_path}: Is a directory"


def test_a_directory_is_made_with_those_above_it(tmp_path):
    files.make_directory(tmp_path / "a/b")
    files.make_directory(tmp_path / "a/b")
    assert (tmp_path / "a/b").is_dir()


@pytest.mark.parametrize(("below", "reason"), [("f", "File exists"), ("f/d", "Not a directory")])
def test_a_directory_where_a_file_is(tmp_path, below, reason):
    (tmp_path / "f").touch()
    directory = tmp_path / below
    assert error(files.make_directory, directory) == f"cannot make the directory {directory}: {reason}"


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


@pytest.mark.parametrize("old", [None, b"", b"a longer old text"])
def test_a_file_is_written_and_nothing_else(tmp_path, old):
    file = tmp_path / "new/f"
    if old is not None:
        file.parent.mkdir()
        file.write_bytes(old)
    files.write_atomically(file, b"new")
    assert (file.read_bytes(), names(file.parent)) == (b"new", ["f"])


def test_writing_below_a_file(tmp_path):
    parent = tmp_path / "f"
    parent.write_bytes(b"old")
    assert error(files.write_atomically, parent / "g", b"new") == (
        f"cannot make the directory {parent}: File exists"
    )
    assert (parent.read_bytes(), names(tmp_path)) == (b"old", ["f"])


def test_writing_over_a_directory(tmp_path):
    directory = tmp_path / "d"
    directory.mkdir()
    (directory / "kept").touch()
    assert error(files.write_atomically, directory, b"new") == f"cannot write {directory}: Is a directory"
    assert (names(tmp_path), names(directory)) == (["d"], ["kept"])


WRITE_WITH_A_LIMIT = """
import resource, sys
from pathlib import Path
from dtgen.project import files
from dtgen.errors import ToolError

resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    files.write_atomically(Path(sys.argv[1]), b"new" * 1000)
except ToolError as error:
    print(error, end="")
"""


@pytest.mark.parametrize("old", [None, b"old"])
def test_what_does_not_fit_leaves_the_old_file_whole(tmp_path, old):
    file = tmp_path / "f"
    if old:
        file.write_bytes(old)
    assert elsewhere(WRITE_WITH_A_LIMIT, file) == f"cannot write {file}: File too large"
    assert names(tmp_path) == (["f"] if old else [])
    assert not old or file.read_bytes() == old


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0, 0o666)])
def test_the_mode_follows_the_umask(tmp_path, umask, mode):
    file = tmp_path / "f"
    before = os.umask(umask)
    try:
        files.write_atomically(file, b"")
        after = os.umask(umask)
    finally:
        os.umask(before)
    assert (file.stat().st_mode & 0o7777, after) == (mode, umask)


UMASK_IN_THREADS = """
import os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from dtgen.project import files

def pause_at_every_line(frame, event, argument):
    if frame.f_code.co_filename == files.__file__:
        time.sleep(0.002)
        return pause_at_every_line

os.umask(0o022)
directory = Path(sys.argv[1])
threading.settrace(pause_at_every_line)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda n: files.write_atomically(directory / str(n), b""), range(32)))
print(oct(os.umask(0)), *sorted({oct(file.stat().st_mode & 0o777) for file in directory.iterdir()}))
"""


def test_threads_that_write_leave_the_umask_as_it_was(tmp_path):
    assert elsewhere(UMASK_IN_THREADS, tmp_path) == "0o22 0o644\n"


CONTENTS = [bytes([65 + n]) * (1000 * n + 1) for n in range(16)]


def write(file: Path, content: bytes) -> None:
    for _ in range(4):
        files.write_atomically(file, content)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_many_writers_leave_one_of_the_whole_contents(tmp_path, kind):
    file = tmp_path / "f"
    file.write_bytes(CONTENTS[0])
    if kind == "threads":
        pool = ThreadPoolExecutor(8)
    else:
        pool = ProcessPoolExecutor(4, multiprocessing.get_context("spawn"))
    with pool:
        writers = [pool.submit(write, file, content) for content in CONTENTS]
        seen = set()
        while not all(writer.done() for writer in writers):
            seen.add(file.read_bytes())
    assert [writer.exception() for writer in writers] == [None] * len(CONTENTS)
    assert seen | {file.read_bytes()} <= set(CONTENTS)
    assert names(tmp_path) == ["f"]


def test_files_below_a_directory_are_found_as_by_a_shell(tmp_path):
    for name in ("a.x", "b.y", ".hidden.x", "sub/c.x", "sub/deep/d.x", ".git/e.x", "elsewhere/f.x"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    root = tmp_path / "sub"
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "deep/back").symlink_to(root)
    (root / "broken.x").symlink_to("nowhere")
    assert sorted(files.below(root, ".x")) == ["broken.x", "c.x", "deep/d.x", "link/f.x"]
    assert sorted(files.below(tmp_path, ".y")) == ["b.y"]


def test_a_directory_that_cannot_be_read_is_told(tmp_path):
    assert error(lambda: list(files.below(tmp_path / "none", ".x"))).endswith(": No such file or directory")


@pytest.mark.parametrize("old", [None, b"old"])
def test_an_output_goes_to_the_end_of_a_link(tmp_path, old):
    (tmp_path / "link").symlink_to("there")
    if old is not None:
        (tmp_path / "there").write_bytes(old)
    files.write_output(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert ((tmp_path / "there").read_bytes(), names(tmp_path)) == (b"new", ["link", "there"])


def test_an_output_goes_into_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    files.write_output(tmp_path / "pipe", b"new")
    assert (os.read(reader, 10), names(tmp_path)) == (b"new", ["pipe"])
    assert (tmp_path / "pipe").is_fifo()
    os.close(reader)


def test_an_output_goes_to_a_device():
    device = Path("/dev/null").stat().st_rdev
    files.write_output(Path("/dev/null"), b"new")
    assert Path("/dev/null").stat().st_rdev == device
    assert error(files.write_output, Path("/dev/full"), b"new") == (
        "cannot write /dev/full: No space left on device"
    )


def test_an_output_goes_to_stdout(capfdbinary):
    files.write_output(Path("-"), b"\0new")
    assert capfdbinary.readouterr().out == b"\0new"


def test_an_output_is_not_a_directory_nor_a_socket(tmp_path, monkeypatch):
    (tmp_path / "d").mkdir()
    assert error(files.write_output, tmp_path / "d", b"new") == (f"cannot write {tmp_path}/d: Is a directory")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert error(files.write_output, Path("s"), b"new") == "cannot write s: Is a socket"
    assert names(tmp_path) == ["d", "s"]


def test_an_output_is_none_of_the_inputs(tmp_path: Path) -> None:
    given, link, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    given.touch()
    link.hardlink_to(given)
    files.keep_inputs((other,), (given, tmp_path / "none"))
    for output in (given, link):
        with pytest.raises(ToolError, match=f"^the output {output} is one of the inputs$"):
            files.keep_inputs((other, output), (tmp_path, given))


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(files.Unreadable) as failed:
        files.read(tmp_path / "pipe", 10)
    assert str(failed.value) == f"cannot read {tmp_path}/pipe: it is a pipe, and nobody writes to it"


def test_a_pipe_that_somebody_can_write_to_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    with files.stream(tmp_path / "pipe") as late:
        os.write(writer, b"late")
        os.close(writer)
        assert late.read() == b"late"
    read, write = os.pipe()  # as a shell's <(…)
    os.write(write, b"early")
    os.close(write)
    assert files.content(f"/dev/fd/{read}") == b"early"
    os.close(read)


def test_what_has_no_end_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_SIZE", 1 << 20)
    with pytest.raises(OSError, match="larger than 1 MiB"):
        files.content("/dev/zero")
    with pytest.raises(files.Unreadable, match="larger than 1 MiB, the most that dtgen reads"):
        files.read(Path("/dev/zero"), 1 << 20)


def test_what_is_written_has_no_name_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(list(tmp_path.iterdir())))
    files.write_atomically(tmp_path / "file", b"data")
    monkeypatch.delattr(os, "O_TMPFILE")  # of a file system that cannot do that
    files.write_atomically(tmp_path / "other", b"data")
    assert [len(names) for names in seen] == [0, 2]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "file": b"data",
        "other": b"data",
    }
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_pipe_that_nobody_writes_to_closes_its_own_descriptor_alone(tmp_path: Path) -> None:
    """Twice closed, it would be another file's that has the number by then."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("text")
    with pytest.raises(OSError, match="nobody writes to it") as caught:
        files.stream(tmp_path / "pipe")
    opened = (tmp_path / "file").open()
    del caught
    gc.collect()
    with opened:
        assert opened.read() == "text"
