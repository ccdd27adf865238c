"""A limit on what a schema's patterns take: one like `^(a+)+$` doubles its time with each letter of a name.

`re` looks for signals while it searches, so that a timer ends it; in the main thread alone. That is where
trees are validated, but for a worker of a cluster, which has no such limit.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TypeVar

SECONDS = 15
"""Of processor time that a node, or the name of a property, may take.

A whole board, of which a node is a part, takes dtschema alone 9 s (docs/performance.md).
"""

T = TypeVar("T")


class Endless(BaseException):
    """The limit was reached. No `except Exception` on the way is to take it for an error of a schema's."""


class _Limited:
    """Each of a thousand nodes has one, so that what takes a moment is done once for all of them."""

    __slots__ = ("_sets",)
    handles = False
    """Whether the signal ends what is limited; that stays, since nothing sends it but the timer."""
    is_set = False

    def __enter__(self) -> None:
        """Raises: Endless, until the exit."""
        self._sets = not _Limited.is_set and threading.current_thread() is threading.main_thread()
        if not self._sets:
            return
        if not _Limited.handles:
            signal.signal(signal.SIGVTALRM, _end)
            _Limited.handles = True
        _Limited.is_set = True
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)

    def __exit__(self, *raised: object) -> None:
        if self._sets:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            _Limited.is_set = False


def limited() -> _Limited:
    """Ends what is done within after some seconds; within another one, that one counts. Raises: Endless."""
    return _Limited()


def _end(number: int, frame: object) -> None:
    raise Endless


def kept(find: Callable[[str], T]) -> Callable[[str], T]:
    """A function of a name, which is asked once for each, within the limit. Raises: Endless."""
    known: dict[str, T] = {}

    def found(name: str) -> T:
        if name not in known:
            with limited():
                known[name] = find(name)
        return known[name]

    return found
