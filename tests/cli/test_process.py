"""What becomes of the output where stdout is closed, full, without a reader or without Unicode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from corpus import ROOT


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


def test_a_full_disk_under_stdout_is_an_error_of_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "dtgen", "list"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: cannot write to the standard output: No space left on device\n",
    )


def test_a_closed_stdout_is_an_error_of_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dtgen bindings status >&-"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: cannot write to the standard output: it is closed\n",
    )


def test_a_terminal_without_unicode_is_no_error(run) -> None:
    done = run("build", "lemans", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert '~ status = "okay" \\u2192 "disabled"' in done.stdout
