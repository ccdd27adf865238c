"""A progress bar on stderr, on a terminal only. The only module that imports rich."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dtgen.progress import Report

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def bar(wanted: bool) -> Iterator[Report]:
    """A bar for each thing that is reported. It appears with the first report: rich is slow to import."""
    shown: list[Progress] = []
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, of: int) -> None:
        if not wanted or not sys.stderr.isatty():
            return
        if not shown:
            shown.append(_started())
        if what not in tasks:
            tasks[what] = shown[0].add_task(what, total=of)
        shown[0].update(tasks[what], completed=done)

    try:
        yield report
    finally:
        for progress in shown:
            with suppress(BrokenPipeError):
                progress.stop()


def _started() -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    progress.start()
    return progress
