"""Processes that share the work of a command; what they find out comes in the order of the work.

A process that dies takes nothing with it but the piece of work that it died of.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected

Work = TypeVar("Work")
Result = TypeVar("Result")

_AHEAD = 4
"""Pieces of work for each process that are begun before the first of them is done."""


def available() -> int:
    """The processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def crashed(file: str) -> Rejected:
    """What to say of a file that a process died of."""
    return rejected(
        "crashed",
        "the process that looked at it ended without a word: it crashed, or there was no memory left",
        Location(file),
        "try it alone; if it ends like that again, it is a bug in dtgen, libfdt or dtc: please report it",
    )


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What is known already, among work that is to be done."""

    result: Result


def here(do: Callable[[Work], Result], work: Iterable[Work | Done[Result]]) -> Iterator[Result]:
    """What `Processes.results` gives, in this process. Raises: what `do` raises."""
    return (piece.result if isinstance(piece, Done) else do(piece) for piece in work)


@dataclass(frozen=True)
class Processes(Generic[Work, Result]):
    """Of this machine. What they do, and what goes in and comes out, can be pickled."""

    count: int
    begin: Callable[..., None]
    """Called in each process before its first piece of work."""
    arguments: tuple[Any, ...]
    """Of `begin`."""
    do: Callable[[Work], Result]
    died: Callable[[Work], Result]
    """What to say of a piece of work that a process died of."""

    def results(self, work: Iterable[Work | Done[Result]]) -> Iterator[Result]:
        """One for each piece of work, in its order, as soon as it and all before it are done.

        `work` is asked for a little at a time. Raises: what `begin` and `do` raise.
        """
        pool, more = self._pool(self.count), iter(work)
        begun: deque[tuple[Work | Done[Result], Future[Result]]] = deque()
        try:
            while True:
                for piece in itertools.islice(more, self.count * _AHEAD - len(begun)):
                    begun.append((piece, self._begun(pool, piece)))
                if not begun:
                    return
                try:
                    yield begun[0][1].result()
                    begun.popleft()
                except BrokenProcessPool:
                    pool.shutdown(wait=True)
                    for piece, future in begun:
                        # nobody tells which piece it was
                        if isinstance(future.exception(), BrokenProcessPool) and not isinstance(piece, Done):
                            yield self._alone(piece)
                        else:
                            yield future.result()
                    begun.clear()
                    pool = self._pool(self.count)
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool(self, count: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(count, initializer=_begin, initargs=(self.begin, self.arguments))

    def _begun(self, pool: ProcessPoolExecutor, piece: Work | Done[Result]) -> Future[Result]:
        future: Future[Result] = Future()
        if isinstance(piece, Done):
            future.set_result(piece.result)
            return future
        try:
            return pool.submit(_do, self.do, piece)
        except BrokenProcessPool as error:
            future.set_exception(error)
            return future

    def _alone(self, piece: Work) -> Result:
        with self._pool(1) as pool:
            try:
                return self._begun(pool, piece).result()
            except BrokenProcessPool:
                return self.died(piece)


# In a process of the pool

_failed: Exception | None = None
"""Why it could not begin."""
_ended = False
"""Whether it is to end; it may have further work before it."""


def _begin(begin: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    global _failed  # noqa: PLW0603  how a pool gives its processes something to keep
    # Ctrl-C reaches all processes; the first one ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    try:
        begin(*arguments)
    except Exception as error:  # noqa: BLE001  the pool would not tell it
        _failed = error


def _end(number: int, frame: object) -> NoReturn:
    """Leave by an exception, so that temporary files are taken away and dtc is ended."""
    global _ended  # noqa: PLW0603
    _ended = True
    sys.exit(128 + number)


def _do(do: Callable[[Work], Result], piece: Work) -> Result:
    if _failed:
        raise _failed
    if _ended:
        sys.exit()
    return do(piece)
