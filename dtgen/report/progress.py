"""A progress bar on stderr, on a terminal only. The only module that imports rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dtgen.progress import PREPARING
from dtgen.project import files

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """A line for each thing that is reported. It appears with the first report: rich is slow to import."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        # which shows a hook's output when it has ended
        self._under_hook = not self._wanted and os.environ.get("PRE_COMMIT") == "1"
        self._shown: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, of: int) -> None:
        if self._under_hook and what == PREPARING:
            self._under_hook = False
            files.to_terminal(f"[dtgen is {what}, once] ")
        if not self._wanted:
            return
        if self._shown is None:
            self._shown = _started()
        if what not in self._tasks:
            self._tasks[what] = self._shown.add_task(what, total=of)
        self._shown.update(self._tasks[what], completed=done)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """While something else is written to the terminal."""
        shown = self._shown if sys.stdout.isatty() else None
        if shown is None:
            yield
            return
        shown.stop()
        yield
        shown.start()

    def stop(self) -> None:
        if self._shown:
            with suppress(BrokenPipeError):
                self._shown.stop()


@contextmanager
def bar(wanted: bool) -> Iterator[Bar]:
    """One that is gone when the work ends, however it does."""
    found = Bar(wanted)
    try:
        yield found
    finally:
        found.stop()


def _started() -> Progress:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done in a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "", "progress.data.speed")

    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), Rate())
    # results go to stdout as they are, wherever that leads
    progress = Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
    progress.start()
    return progress
