"""Children are ended at their limits, with all that they have started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import await_all, is_alive

from dtgen.jobs import children

ENOUGH = 60


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_a_program_writes_and_how_it_ended() -> None:
    done = children.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], ENOUGH)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        children.run(["/nonexistent/program"], ENOUGH)


def test_at_the_limit_its_own_children_are_ended_too(tmp_path: Path) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/pid.part; mv {tmp_path}/pid.part {tmp_path}/pid; wait"
    with pytest.raises(subprocess.TimeoutExpired), children.started(["/bin/sh", "-c", script], 0.01) as child:
        await_all((tmp_path / "pid").exists)
        child.ended()
    grandchild = int((tmp_path / "pid").read_text())
    await_all(lambda: not is_alive(grandchild))


def test_more_memory_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(children._INHERITED, resource.RLIMIT_AS, 256 << 20)
    done = children.run(python("bytearray(512 << 20)"), ENOUGH)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, b"MemoryError")


def test_more_output_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(children._INHERITED, resource.RLIMIT_FSIZE, 1 << 20)
    done = children.run(["/bin/sh", "-c", "while :; do echo 0123456789abcdef; done"], ENOUGH)
    assert done.returncode != 0
    assert len(done.stdout) == 1 << 20


def test_work_in_a_copy_gives_its_result() -> None:
    assert children.limited(lambda: b"x" * 1_000_000, ENOUGH, 256 << 20) == b"x" * 1_000_000


def endless() -> bytes:
    while True:
        pass


def asleep() -> bytes:
    signal.pause()
    return b""


def large() -> bytes:
    return bytes(1 << 30)


def failing() -> bytes:
    raise ValueError("of no concern")


@pytest.mark.parametrize(
    ("work", "raised"),
    [
        (endless, children.Exhausted),
        (asleep, children.Exhausted),
        (large, children.Exhausted),
        (failing, RuntimeError),
    ],
    ids=["time", "sleep", "memory", "a bug of ours"],
)
def test_work_in_a_copy_that_does_not_succeed(
    work, raised, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "WAITING", 1 if work is asleep else ENOUGH)
    copies, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: copies.append(fork()) or copies[-1])
    with pytest.raises(raised):
        children.limited(work, 1, 64 << 20)
    assert ("ValueError: of no concern" in capfd.readouterr().err) == (work is failing)
    with pytest.raises(ChildProcessError):  # it is not left
        os.waitpid(copies[0], os.WNOHANG)


def test_a_result_that_is_too_large() -> None:
    with pytest.raises(children.Exhausted):
        children.limited(lambda: bytes(1001), ENOUGH, 64 << 20, size=1000)


def test_no_signal_is_held_in_a_child() -> None:
    shown = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    assert children.run(python(shown), ENOUGH).stdout == b"set()\n"
    held = children.limited(
        lambda: str(signal.pthread_sigmask(signal.SIG_BLOCK, [])).encode(), ENOUGH, 64 << 20
    )
    assert held == b"set()"


def test_our_own_limits_are_as_before() -> None:
    both = resource.RLIMIT_AS, resource.RLIMIT_FSIZE
    before = [resource.getrlimit(which) for which in both]
    children.run(["/bin/true"], ENOUGH)
    assert [resource.getrlimit(which) for which in both] == before


def test_an_interrupt_ends_all_programs_and_those_that_are_started_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "_ending", None)
    with children.started(["sleep", "1000"], ENOUGH) as before:
        with pytest.raises(KeyboardInterrupt):
            children.interrupt(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):  # also where the first one was lost
            before.ended()
        assert before._process.wait() == -signal.SIGKILL
    with pytest.raises(KeyboardInterrupt):
        children.run(["sleep", "1000"], ENOUGH)
    assert children._at_work == set()


def test_an_interrupt_in_the_midst_of_a_start_comes_when_the_program_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "_ending", None)
    started, popen = [], subprocess.Popen

    def interrupted(*arguments, **options):
        started.append(popen(*arguments, **options))
        children.interrupt(KeyboardInterrupt())
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        children.run(["sleep", "1000"], ENOUGH)
    assert started[0].wait() == -signal.SIGKILL
