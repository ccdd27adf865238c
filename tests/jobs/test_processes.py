"""Processes that share work: order, how far they run ahead, and what becomes of those that die."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from corpus import ROOT
from waiting import await_all, is_alive

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.jobs.local import Done
from dtgen.jobs.processes import _AHEAD, Processes

# What the processes do

_offset = 0


def begin(offset: int) -> None:
    global _offset  # noqa: PLW0603
    _offset = offset


def refuse(*arguments: object) -> None:
    raise ToolError("there is no dtc", "install it")


def square(number: int) -> int:
    return number * number + _offset


def late(number: int) -> int:
    """The first ones come last."""
    time.sleep(0.05 * (3 - number % 4))
    return number


def deadly(number: int) -> int:
    """Of those that end with 3, a process dies, as if by a lack of memory or by a crash in C."""
    if number % 10 == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def leave(number: int) -> int:
    os._exit(0)


def asked_to_end(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGTERM)
    return number


def deaf(number: int) -> int:
    """An exception out of a handler is lost where Python runs a finalizer."""
    with contextlib.suppress(BaseException):
        return asked_to_end(number)
    return number


def reject(number: int) -> int:
    raise rejected("a-rule", f"{number} is wrong", Location("a.dts", 5), "mend it")


def bug(number: int) -> int:
    return 1 // number


def hang(file: Path) -> None:
    file.touch()
    try:
        while True:  # signal.pause() would sleep through a signal that comes just before it
            time.sleep(0.01)
    finally:
        file.with_suffix(".left").touch()


def hang_once_more(file: Path) -> None:
    """The first signal is lost, as one is that comes just before a process waits for a lock."""
    ends = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: signal.signal(signal.SIGTERM, ends))
    hang(file)


def lost(piece: object) -> str:
    return f"{piece} is lost"


def processes(do: Callable[[Any], Any], count: int = 2) -> Processes[Any, Any]:
    return Processes(count, begin, (0,), do, lost)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Whatever a test does, its processes are gone when it ends."""
    yield
    assert multiprocessing.active_children() == []


# Order


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_work(count: int) -> None:
    assert list(processes(late, count).results(range(12))) == list(range(12))


def test_what_is_known_already_keeps_its_place() -> None:
    assert list(processes(square).results([3, Done("known"), 4])) == [9, "known", 16]


def test_each_process_begins_with_what_all_need() -> None:
    assert set(Processes(2, begin, (1000,), square, lost).results([1] * 10)) == {1001}


def test_what_is_known_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("a process is started"))
    assert list(processes(square).results([Done(1), Done(2)])) == [1, 2]
    assert list(processes(square).results([])) == []


def test_work_is_asked_for_a_little_at_a_time() -> None:
    """As much as keeps the processes busy, however much there is."""
    asked: list[int] = []

    def work() -> Iterator[int | Done[int]]:
        for number in range(10**9):
            asked.append(number)
            yield Done(number) if number % 3 else number

    results = processes(square).results(work())
    assert asked == []
    for number in range(30):
        assert next(results) == (number if number % 3 else number * number)
        assert len(asked) <= number + 2 * _AHEAD
    results.close()


# Exceptions


@pytest.mark.parametrize("do", [square, bug])
def test_why_a_process_cannot_begin_is_told(do: Callable[[int], int]) -> None:
    with pytest.raises(ToolError, match="there is no dtc") as caught:
        list(Processes(2, refuse, (), do, lost).results(range(100)))
    assert caught.value.remedy == "install it"


def test_an_exception_is_raised_in_its_place() -> None:
    results = processes(bug).results([1, 1, 0, 1])
    assert [next(results), next(results)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


def test_a_rejection_comes_whole_out_of_its_process() -> None:
    with pytest.raises(Rejected) as caught:
        list(processes(reject).results([7]))
    assert (
        caught.value.diagnostics
        == rejected("a-rule", "7 is wrong", Location("a.dts", 5), "mend it").diagnostics
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == "7 is wrong"


def test_an_exception_of_who_gives_the_work_is_raised() -> None:
    def work() -> Iterator[int]:
        yield 1
        raise ToolError("cannot read it")

    with pytest.raises(ToolError, match="cannot read it"):
        list(processes(square).results(work()))


# Death


def test_a_process_that_dies_costs_its_piece_only() -> None:
    work = [Done("known") if number == 5 else number for number in range(20)]
    expected: list[object] = list(range(20))
    expected[3], expected[5], expected[13] = "3 is lost", "known", "13 is lost"
    assert list(processes(deadly).results(work)) == expected


@pytest.mark.parametrize("do", [leave, deadly])
def test_all_may_die(do: Callable[[int], int]) -> None:
    assert list(processes(do).results([3, 13, 23])) == ["3 is lost", "13 is lost", "23 is lost"]


def test_an_exception_after_a_death_is_raised_in_its_place() -> None:
    results = processes(asked_to_end_or_bug).results([3, 0, 1])
    assert next(results) == "3 is lost"
    with pytest.raises(ZeroDivisionError):
        next(results)


def asked_to_end_or_bug(number: int) -> int:
    return 1 // asked_to_end(number)


@pytest.mark.parametrize("do", [asked_to_end, deaf])
def test_a_process_that_is_asked_to_end_costs_its_piece_only(do: Callable[[int], int]) -> None:
    """As by a watchdog for memory, which asks before it kills."""
    assert list(processes(do).results(range(6))) == [0, 1, 2, "3 is lost", 4, 5]


# The end


@pytest.mark.parametrize("do", [hang, hang_once_more])
def test_who_wants_no_more_waits_for_nobody(do: Callable[[Path], None], tmp_path: Path) -> None:
    """The processes leave what they do in order: temporary files are taken away."""

    def work() -> Iterator[Done[str] | Path]:
        yield Done("known")
        yield from (tmp_path / "1", tmp_path / "2")

    results = processes(do).results(work())
    assert next(results) == "known"
    await_all((tmp_path / "1").exists, (tmp_path / "2").exists)
    results.close()
    assert multiprocessing.active_children() == []
    assert {file.name for file in tmp_path.iterdir()} == {"1", "1.left", "2", "2.left"}


SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from test_processes import {do}, processes
print(list(processes({do}).results([Path(name) for name in sys.argv[1:]])))
"""


def begun(do: Callable[[Path], None], files: Sequence[Path]) -> subprocess.Popen[str]:
    """A process whose processes are at work on the files."""
    first = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SCRIPT.format(paths=[str(ROOT / "tests/jobs"), str(ROOT / "tests")], do=do.__name__),
            *files,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    await_all(*(file.exists for file in files))
    return first


def assert_ended(first: subprocess.Popen[str], tracebacks: int) -> None:
    _, errors = first.communicate()  # the others have stderr open as long as they live
    assert errors.count("Traceback") == tracebacks
    await_all(lambda: not is_alive(first.pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_where_the_first_process_is_ended_none_is_left(number: signal.Signals, tmp_path: Path) -> None:
    """SIGINT as by Ctrl-C, which all processes get."""
    files = [tmp_path / "1", tmp_path / "2"]
    first = begun(hang, files)
    if number == signal.SIGINT:
        os.killpg(first.pid, number)
    else:
        first.send_signal(number)
    assert_ended(first, int(number == signal.SIGINT))
    assert {file.name for file in tmp_path.iterdir()} == {"1", "1.left", "2", "2.left"}


def test_interrupted_where_a_piece_is_done_again_none_is_left(tmp_path: Path) -> None:
    """Alone, since a process has died."""
    first = begun(die_then_hang, [tmp_path / "1"])
    os.killpg(first.pid, signal.SIGINT)
    assert_ended(first, 1)
    assert {file.name for file in tmp_path.iterdir()} == {"1", "1.died", "1.left"}


def die_then_hang(file: Path) -> None:
    died = file.with_suffix(".died")
    if not died.exists():
        died.touch()
        os._exit(1)
    hang(file)
