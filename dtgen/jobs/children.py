"""Children with limits: other programs, and work of ours that cannot be trusted to end.

A program runs in a process group of its own, with limits on time, memory and what it writes; at the limit,
at an interrupt and at any error it is ended together with whatever it has started.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

MAX_MEMORY = 4 << 30
"""Bytes of address space of a program that dtgen runs."""
MAX_OUTPUT = 256 << 20
"""Bytes of each file that it writes; its output is one."""
SPARE_TIME = 60
"""Seconds of processor time that it has beyond the limit of its caller, should nobody be left to end it."""

_CHUNK = 1 << 16


class Exhausted(Exception):
    """Work of ours went over a limit."""


@dataclass(frozen=True, slots=True)
class Child:
    """A program at work."""

    _process: subprocess.Popen[bytes]
    _timeout: float
    _output: IO[bytes]
    _errors: IO[bytes]

    def ended(self) -> subprocess.CompletedProcess[bytes]:
        """What it has written, when it has ended. Raises: subprocess.TimeoutExpired."""
        code = self._process.wait(self._timeout)
        for stream in (self._output, self._errors):
            stream.seek(0)
        return subprocess.CompletedProcess(self._process.args, code, self._output.read(), self._errors.read())


@contextlib.contextmanager
def started(
    command: Sequence[str], timeout: float, stdin: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Child]:
    """A program at work until the block is left. Raises: OSError where it cannot be started.

    `timeout`: in seconds.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with _signals_held() as before:
            # before it starts any child of its own: from outside it would be too late
            limit = partial(_limit, math.ceil(timeout) + SPARE_TIME, before)
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=errors,
                process_group=0,
                preexec_fn=limit,  # noqa: PLW1509  it takes no lock that another thread could have
            )
        try:
            yield Child(process, timeout, output, errors)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def _signals_held() -> Iterator[set[signal.Signals | int]]:
    """While a process is copied, no handler of ours raises: in what Python runs then, that would be lost.

    Gives the signals that were held before.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _limit(seconds: int, held: set[signal.Signals | int]) -> None:
    """In the child, before the program."""
    signal.pthread_sigmask(signal.SIG_SETMASK, held)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
    with contextlib.suppress(OSError, ValueError):  # not all systems have this limit
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def run(command: Sequence[str], timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Raises: OSError where it cannot be started, subprocess.TimeoutExpired."""
    with started(command, timeout) as child:
        return child.ended()


def limited(work: Callable[[], bytes], seconds: int, memory: int, size: int = MAX_OUTPUT) -> bytes:
    """What `work` makes, in a copy of this process.

    `seconds`: of processor time; `memory`: bytes beyond what this process has; `size`: bytes of the result.
    Raises: Exhausted.
    """
    read, write = os.pipe()
    with _signals_held() as before:
        child = os.fork()
        if child == 0:
            _work(work, write, seconds, memory, before)
    os.close(write)
    made = bytearray()
    try:
        while len(made) <= size and (chunk := os.read(read, _CHUNK)):
            made += chunk
        ended = len(made) <= size and os.waitpid(child, 0)[1] == 0
    except BaseException:
        ended = False
        raise
    finally:
        os.close(read)
        if not ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
    if not ended:
        raise Exhausted
    return bytes(made)


def _work(
    work: Callable[[], bytes], write: int, seconds: int, memory: int, held: set[signal.Signals | int]
) -> None:
    """In the copy; never returns."""
    code = 1
    try:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        with contextlib.suppress(OSError, ValueError):  # not all systems have this limit
            resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory,) * 2)
        made = memoryview(work())
        while made:
            made = made[os.write(write, made) :]
        code = 0
    finally:
        os._exit(code)


def _address_space() -> int:
    """Bytes that this process has now. Source: proc(5), statm."""
    descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return int(os.read(descriptor, _CHUNK).split()[0]) * resource.getpagesize()
    finally:
        os.close(descriptor)
