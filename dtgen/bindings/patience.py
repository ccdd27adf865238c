"""A limit on what a schema's patterns take: one like `^(a+)+$` doubles its time with each letter of a name.

`re` looks for signals while it searches, so that a timer ends it; in the main thread alone. That is where
trees are validated, but for a worker of a cluster, which has no such limit.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

SECONDS = 15
"""Of processor time that a node, or the name of a property, may take.

A whole board, of which a node is a part, takes dtschema alone 9 s (docs/performance.md).
"""

T = TypeVar("T")


class Endless(BaseException):
    """The limit was reached. No `except Exception` on the way is to take it for an error of a schema's."""


@contextmanager
def limited() -> Iterator[None]:
    """Raises: Endless."""
    if threading.current_thread() is not threading.main_thread() or any(
        signal.getitimer(signal.ITIMER_VIRTUAL)
    ):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _end)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


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
