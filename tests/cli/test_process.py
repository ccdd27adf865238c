"""What becomes of the output where stdout is closed, full, without a reader or without Unicode."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from corpus import ROOT
from waiting import await_all, is_alive

from dtgen.cli import exit


def test_a_closed_pipe_is_no_error(run) -> None:
    command = f"{sys.executable} -m dtgen build lemans | head -1; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_findings_exit_with_1_even_where_nobody_reads_them(tmp_path: Path) -> None:
    (tmp_path / "empty.dtb").write_bytes(b"")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "dtgen", "validate", "empty.dtb"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


FULL = "cannot write to the standard output: No space left on device"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("list >/dev/full", 2, FULL),
        ("--help >/dev/full", 2, FULL),
        ("bindings status >&-", 2, "cannot write to the standard output: it is closed"),
        ("--version >&-", 2, "cannot write to the standard output: it is closed"),
        ("apply base.dtb overlay.dtbo -o - >/dev/full", 2, FULL),
        ("--help | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("build nowhere 2>/dev/full", 2, ""),
        ("build nowhere 2>&-", 2, ""),
        ("list >&- 2>&- <&-", 2, ""),
    ],
)
def test_a_stream_that_takes_nothing(tmp_path: Path, dtb, dtbo, command: str, code: int, said: str) -> None:
    (tmp_path / "base.dtb").write_bytes(dtb("/ { n: n { }; };"))
    (tmp_path / "overlay.dtbo").write_bytes(dtbo("&n { p; };"))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dtgen {command}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, f"dtgen: error: {said}\n" if said else "")


HANGING = """#!/bin/sh
case "$*" in *--version*) echo "Version: DTC 1.6.1"; exit;; esac
echo $$ >pid.part; mv pid.part pid
sleep 1000 &
wait
"""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "dtgen: ended by SIGTERM\n"),
        (signal.SIGHUP, 129, "dtgen: ended by SIGHUP\n"),
        (signal.SIGINT, 130, "\ndtgen: interrupted\n"),  # after the terminal's ^C
    ],
)
def test_a_signal_leaves_nothing(tmp_path: Path, dtb, number: signal.Signals, code: int, said: str) -> None:
    """Neither a program at work nor a file."""
    (tmp_path / "base.dtb").write_bytes(dtb("/ { };"))
    (tmp_path / "dtc").write_text(HANGING)
    (tmp_path / "dtc").chmod(0o755)
    (tmp_path / "tmp").mkdir()
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "DTC": str(tmp_path / "dtc"), "TMPDIR": str(tmp_path / "tmp"),
    }  # fmt: skip
    command = [sys.executable, "-m", "dtgen", "validate", "--no-cache", "base.dtb", "--output", "report"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        await_all((tmp_path / "pid").exists)
        process.send_signal(number)
        _, told = process.communicate()
    assert (process.returncode, told) == (code, said)
    await_all(lambda: not is_alive(int((tmp_path / "pid").read_text())))
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {file.name for file in tmp_path.iterdir()} == {"base.dtb", "dtc", "tmp", "pid"}


def test_what_ignores_a_signal_goes_on_ignoring_it(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    ignored = {signal.SIGHUP}
    monkeypatch.setattr(signal, "getsignal", lambda n: signal.SIG_IGN if n in ignored else signal.SIG_DFL)
    monkeypatch.setattr(signal, "signal", lambda number, handler: taken.append(number))
    exit.take_signals()
    assert taken == [signal.SIGINT, signal.SIGTERM]


def test_a_terminal_without_unicode_is_no_error(run) -> None:
    done = run("build", "lemans", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert '~ status = "okay" \\u2192 "disabled"' in done.stdout
