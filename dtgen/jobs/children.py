"""Children with limits: other programs, and work of ours that cannot be trusted to end.

A program runs in a process group of its own, with limits on time, memory and what it writes; at the limit,
at an interrupt and at any error it is ended together with whatever it has started.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from dtgen.records import dataclass

MAX_MEMORY = 4 << 30
"""Bytes of address space of a program that dtgen runs."""
MAX_OUTPUT = 64 << 20
"""Bytes of each file that it writes; its output is one."""
SPARE_TIME = 60
"""Seconds of processor time that it has beyond the limit of its caller, should nobody be left to end it."""

_INHERITED = {resource.RLIMIT_AS: MAX_MEMORY, resource.RLIMIT_FSIZE: MAX_OUTPUT}
_CHUNK = 1 << 16
_at_work: set[int] = set()
"""The process groups of programs."""
_ending: BaseException | None = None
"""What an interrupt has raised."""
_is_starting = False
_late: BaseException | None = None
"""What is to be raised as soon as a program was started."""
WAITING = 20
"""Seconds by the clock for each of processor time that a copy of ours has: one that hangs takes none."""
_OUT_OF_MEMORY = 2
"""The exit status of a copy of ours; 1: an exception."""


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
        """What it has written, when it has ended. Raises: subprocess.TimeoutExpired.

        An interrupt, where there was one: Python loses an exception of a handler in some places, and the
        program may have been ended by us, which says nothing of what it was to do.
        """
        code = _wait(self._process, self._timeout)
        if _ending:
            raise _ending
        for stream in (self._output, self._errors):
            stream.seek(0)
        return subprocess.CompletedProcess(self._process.args, code, self._output.read(), self._errors.read())


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    """Its exit status. Raises: subprocess.TimeoutExpired.

    subprocess looks again and again, less and less often, which is later than the end of most programs here.
    """
    if not hasattr(os, "pidfd_open"):  # Linux alone
        return process.wait(timeout)
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(timeout * 1000):
            raise subprocess.TimeoutExpired(process.args, timeout)
    finally:
        os.close(descriptor)
    return process.wait()


def unnamed_file() -> IO[bytes]:
    """A file of which nothing is left, however we end: in memory, where the system can do that."""
    if hasattr(os, "memfd_create"):  # Linux alone
        return os.fdopen(os.memfd_create("dtgen"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()


@contextlib.contextmanager
def started(
    command: Sequence[str], timeout: float, stdin: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Child]:
    """A program at work until the block is left. Raises: OSError where it cannot be started.

    `timeout`: in seconds.
    """
    with unnamed_file() as output, unnamed_file() as errors:
        process = None
        try:
            with _uninterrupted(), _limits_to_inherit():
                process = subprocess.Popen(
                    command, stdin=stdin, stdout=output, stderr=errors, process_group=0
                )
                _at_work.add(process.pid)
            if _ending:
                _end(process.pid)
            _limit_time(process.pid, math.ceil(timeout) + SPARE_TIME)
            yield Child(process, timeout, output, errors)
        finally:
            if process:
                _at_work.discard(process.pid)
                _end(process.pid)
                process.wait()


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def interrupt(end: BaseException) -> None:
    """For a handler of signals: end every program that is at work, in whichever thread, and raise `end`.

    What is started from now on is ended, too: the exception reaches the main thread alone.
    """
    global _ending, _late  # noqa: PLW0603  the end of the process
    _ending = end
    for group in tuple(_at_work):
        _end(group)
    if not _is_starting:
        raise end
    _late = end


def is_ending() -> bool:
    """Whether there was an interrupt: where Python runs a finalizer, the exception is lost."""
    return _ending is not None


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """While a program is started, whose number an exception of a handler would lose."""
    global _is_starting, _late  # noqa: PLW0603  shared with the handler
    is_main = threading.current_thread() is threading.main_thread()  # where handlers run
    _is_starting = _is_starting or is_main
    try:
        yield
    finally:
        if is_main:
            _is_starting = False
            if late := _late:
                _late = None
                raise late


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


_inheriting = threading.Lock()


@contextlib.contextmanager
def _limits_to_inherit() -> Iterator[None]:
    """For what is started meanwhile, and all that it starts; ours are as before then.

    A function in the child would do as well, but for that the whole process has to be copied.
    """
    with _inheriting:
        before = {which: resource.getrlimit(which) for which in _INHERITED}
        try:
            for which, most in _INHERITED.items():
                soft, hard = before[which]
                with contextlib.suppress(OSError, ValueError):  # not all systems have all limits
                    resource.setrlimit(
                        which, (most if soft == resource.RLIM_INFINITY else min(soft, most), hard)
                    )
            yield
        finally:
            for which, limits in before.items():
                resource.setrlimit(which, limits)


def _limit_time(child: int, seconds: int) -> None:
    """Seconds of processor time; it cannot be inherited, since ours would end us."""
    if hasattr(resource, "prlimit"):  # Linux alone
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(child, resource.RLIMIT_CPU, (seconds, seconds))


def run(
    command: Sequence[str], timeout: float, stdin: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[bytes]:
    """Raises: OSError where it cannot be started, subprocess.TimeoutExpired."""
    with started(command, timeout, stdin) as child:
        return child.ended()


def limited(work: Callable[[], bytes], seconds: int, memory: int, size: int = MAX_OUTPUT) -> bytes:
    """What `work` makes, in a copy of this process.

    `seconds`: of processor time; `memory`: bytes beyond what this process has; `size`: bytes of the result.
    Raises: Exhausted; RuntimeError where the work itself fails, whose traceback is on stderr.
    """
    read, write = os.pipe()
    made, child, status = bytearray(), 0, None
    until = time.monotonic() + WAITING * seconds
    try:
        with _signals_held() as before:
            child = os.fork()
            if child == 0:
                _work(work, write, seconds, memory, before)
        os.close(write)
        poll = select.poll()
        poll.register(read, select.POLLIN)
        while len(made) <= size and poll.poll(max(0, until - time.monotonic()) * 1000):
            if not (chunk := os.read(read, _CHUNK)):
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                break
            made += chunk
    finally:
        os.close(read)
        if child and status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if status is None or status < 0 or status == _OUT_OF_MEMORY:
        raise Exhausted
    if status:
        raise RuntimeError("work in a copy of the process failed")
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
    except MemoryError:
        code = _OUT_OF_MEMORY
    except BaseException:
        import traceback

        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _address_space() -> int:
    """Bytes that this process has now. Source: proc(5), statm."""
    descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return int(os.read(descriptor, _CHUNK).split()[0]) * resource.getpagesize()
    finally:
        os.close(descriptor)
