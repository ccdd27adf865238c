"""Processes of this machine that share the work of a command.

A process that dies takes nothing with it but the piece of work that it died of.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic

from dtgen.jobs import children
from dtgen.jobs.local import Done, Result, Work
from dtgen.records import dataclass

_AHEAD = 4
"""Pieces of work for each process that are begun before the first of them is done."""

_AGAIN = 0.1
"""Seconds from one signal to the next for processes that are to end."""

_Begun = tuple[Work | Done[Result], Future[Result]]


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
        more = iter(work)
        begun: deque[_Begun[Work, Result]] = deque()
        while True:
            with self._pool(self.count) as pool:
                try:
                    yield from self._shared(pool, more, begun)
                except BrokenProcessPool:
                    _end_all()
                else:
                    return
            # nobody tells which piece it was that a process died of
            for piece, future in begun:
                if isinstance(piece, Done) or not isinstance(future.exception(), BrokenProcessPool):
                    yield future.result()
                else:
                    yield self._alone(piece)
            begun.clear()

    def _shared(
        self,
        pool: ProcessPoolExecutor,
        more: Iterator[Work | Done[Result]],
        begun: deque[_Begun[Work, Result]],
    ) -> Iterator[Result]:
        """`begun`: what has no result yet. Raises: BrokenProcessPool where a process dies."""
        while True:
            for piece in itertools.islice(more, self.count * _AHEAD - len(begun)):
                begun.append((piece, self._begun(pool, piece)))
            if not begun:
                return
            result = begun[0][1].result()
            begun.popleft()
            yield result

    @contextlib.contextmanager
    def _pool(self, count: int) -> Iterator[ProcessPoolExecutor]:
        """Its processes end with it; in the midst of their work, where an exception leaves it."""
        pool = ProcessPoolExecutor(count, initializer=_begin, initargs=(self.begin, self.arguments))
        try:
            yield pool
        except BaseException:
            _end_all()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _begun(self, pool: ProcessPoolExecutor, piece: Work | Done[Result]) -> Future[Result]:
        future: Future[Result] = Future()
        if isinstance(piece, Done):
            future.set_result(piece.result)
            return future
        # processes may be started now, and are to know nothing of Ctrl-C from their first moment on
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return pool.submit(_do, self.do, piece)
        except BrokenProcessPool as error:
            future.set_exception(error)
            return future
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _alone(self, piece: Work) -> Result:
        with self._pool(1) as pool:
            try:
                return self._begun(pool, piece).result()
            except BrokenProcessPool:
                return self.died(piece)


def _end_all() -> None:
    """A signal that comes just before a process waits is seen when the next one comes, and not before."""
    left = multiprocessing.active_children()  # all are a pool's
    while left:
        for process in left:
            process.terminate()
        multiprocessing.connection.wait([process.sentinel for process in left], _AGAIN)
        left = [process for process in left if process.is_alive()]


# In a process of the pool

_failed: Exception | None = None
"""Why it could not begin."""
_at_work = False
"""Whether there is something to leave in order."""


def _begin(begin: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    global _failed  # noqa: PLW0603  how a pool gives its processes something to keep
    # Ctrl-C reaches all processes; the first one ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    try:
        begin(*arguments)
    except Exception as error:  # noqa: BLE001  the pool would not tell it
        _failed = error


def _end_with_the_first() -> None:
    """A process that was killed cannot end the others, which would wait for its work for ever."""
    first = multiprocessing.parent_process()
    assert first
    first.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _end(number: int, frame: object) -> None:
    if not _at_work:
        os._exit(128 + number)
    if not children.is_ending():
        # by an exception, so that temporary files are taken away and dtc is ended
        children.interrupt(_Ended())


class _Ended(BaseException):
    """A signal has ended the process."""


def _do(do: Callable[[Work], Result], piece: Work) -> Result:
    global _at_work  # noqa: PLW0603
    if _failed:
        raise _failed
    try:
        with contextlib.suppress(_Ended):
            try:
                _at_work = True
                result = do(piece)
            finally:
                _at_work = False
    finally:
        if children.is_ending():  # whatever became of the exception, which the pool would survive
            os._exit(128 + signal.SIGTERM)
    return result
