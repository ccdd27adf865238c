"""What all commands have in common: help, exit codes, and no traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from corpus import ROOT

from dtgen.cli import cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "lemnas"), "dtgen: error: there is no board lemnas\n    help: did you mean lemans?\n"),
        (("build", "lemans", "--base", "no.dtb"), "dtgen: error: cannot read no.dtb: No such file or directory\n"),
        (("build", "lemans", "--base", "."), "dtgen: error: cannot read .: Is a directory\n"),
        (("build", "lemans", "-o", "/proc/no"), "dtgen: error: cannot make the directory /proc/no: No such file or directory\n"),
        (
            ("build", "lemans", "--kernel", "."),
            "dtgen: error: . is not a kernel tree: it has neither arch/*/boot/dts nor src/arm64\n"
            "    help: give the top directory of a Linux source tree\n",
        ),
        (("build", "lemans", "--bindings", "no"), "dtgen: error: there is no directory no\n"),
        (
            ("build", "lemans", "--bindings", "."),
            "dtgen: error: there is no schema (*.yaml) below .\n    help: give a directory of bindings\n",
        ),
        (("render", "no.yaml"), "dtgen: error: there is no file no.yaml\n"),
    ],
)  # fmt: skip
def test_usage_and_environment_exit_with_2_and_one_message(
    run, arguments: tuple[str, ...], message: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.parametrize(
    "arguments",
    [
        ("build",),
        ("bild",),
        ("build", "--no"),
        ("build", "--all", "--base", "x"),
    ],
)
def test_bad_usage_exits_with_2(run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_no_dtc_is_named_with_the_remedy(run) -> None:
    done = run("build", "lemans", DTC="/no/dtc")
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: $DTC is '/no/dtc', and no such program can be run\n"
        "    help: install it (Debian: apt-get install device-tree-compiler) or set DTC to its path\n",
    )


def test_a_bad_setting_is_an_error_of_the_environment(run, tmp_path: Path) -> None:
    (tmp_path / "dtgen.toml").write_text('[severity]\nno-opp = "off"\n')
    done = run("build", "lemans")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "dtgen: error: dtgen.toml:2: there is no rule no-opp whose severity can be set\n"
        "    help: did you mean no-op?\n",
    )


def test_a_bug_of_ours_exits_with_3(tmp_path: Path) -> None:
    code = "import dtgen.cli as c; c.cli.main = lambda **k: 1 / 0; c.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.endswith("dtgen: this is a bug in dtgen; please report it with the lines above\n")


def test_interrupting_is_quiet_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Wherever it strikes: either nothing is there, or whole files."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for delay in (0.02, 0.1, 0.2, 0.3):
        directory = tmp_path / str(delay)
        command = [sys.executable, "-m", "dtgen", "build", "-q", "lemans", "-o", str(directory)]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        left = sorted(file.name for file in directory.iterdir()) if directory.exists() else []
        assert all(not name.startswith(".") for name in left)
        if process.returncode == 130:
            assert errors.strip() == "dtgen: interrupted"


def _commands(group: click.Group, *names: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield " ".join((*names, name))
        if isinstance(command, click.Group):
            yield from _commands(command, *names, name)


@pytest.mark.parametrize("command", list(_commands(cli)))
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert done.exit_code == 0
    examples = re.search(r"^  Examples?:\n((?:    dtgen .*\n)+)", done.stdout, re.MULTILINE)
    assert examples, done.stdout
    assert all(line.startswith(f"    dtgen {command}") for line in examples[1].splitlines())


def test_a_command_is_in_the_file_of_its_name() -> None:
    files = {file.stem.rstrip("_") for file in (ROOT / "dtgen/cli").glob("*.py")}
    assert files - {"__init", "exit", "options", "output", "process", "terminal"} == set(cli.commands)
