"""Who does the work of a command: this process (`here`), others (`processes`), or other machines.

What they find out comes in the order of the work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.records import dataclass

Work = TypeVar("Work")
Result = TypeVar("Result")


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
