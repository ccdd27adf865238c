"""Three people at their desks, from `tests/stories/`: every command, and all that they see.

    DTGEN_WRITE_STORIES=1 pytest -n 0 tests/test_stories.py      writes down what is seen now: read it before it stays

A story is a terminal: `$` begins a command, `>` goes on with it, the rest is what comes, and `[1]` an exit code.
What differs between two runs or machines (seconds, directories) is written as `…` and `~`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import running
from corpus import ROOT
from hooked import WHO

from dtgen.project.layout import KernelTree

STORIES = ROOT / "tests/stories"
_TIME = re.compile(r"\d+\.\d+ ?s\b")
_GAP = re.compile(r" +(?=  # )")
"""Before a column whose place hangs on the longest directory."""


def commands(text: str) -> Iterator[str]:
    for found in re.finditer(r"^\$ (.*\n(?:> .*\n|>\n)*)", text, re.MULTILINE):
        yield found[1].replace("\n> ", "\n").replace("\n>\n", "\n\n").rstrip("\n")


class Desk:
    """A home directory, and the directory that a person is in."""

    def __init__(self, home: Path, cache: str | None) -> None:
        """`cache`: None for none yet."""
        self.home = home
        self.here = home / "work"
        self.here.mkdir()
        tools = home / "bin"
        tools.mkdir()
        for name, module in (("dtgen", "dtgen"), ("pre-commit", "pre_commit")):
            (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
            (tools / name).chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DTGEN_", "PRE_COMMIT", "GIT_"))
        }
        self.environment = {
            **kept,
            **WHO,
            "HOME": str(home),
            "PATH": f"{tools}:{kept['PATH']}",
            "PYTHONPATH": str(ROOT),
            **({"DTGEN_CACHE": cache} if cache else {"XDG_CACHE_HOME": str(home / ".cache")}),
            "PRE_COMMIT_COLOR": "never",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "COLUMNS": "80",
        }

    def run(self, command: str) -> str:
        """What is seen of it, its exit code last."""
        words = shlex.split(command.partition("\n")[0])
        if words[0] == "cd":
            self.here = (self.here / words[1].replace("~", str(self.home), 1)).resolve()
            return ""
        if words[0] == "dtgen" and not set("|<>\n").intersection(
            command
        ):  # without a shell, and without another Python
            arguments = [
                word.replace("~/", f"{self.home}/") if word.startswith("~/") else word for word in words[1:]
            ]
            done = running.run(arguments, self.environment, self.here)
            seen = done.stdout + done.stderr
        else:
            shell = subprocess.run(
                ["sh", "-c", command], cwd=self.here, env=self.environment, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            done, seen = shell, shell.stdout
        code = f"[{done.returncode}]\n" if done.returncode else ""
        seen = seen.replace(f"{self.home}/", "~/").replace(str(ROOT), "<dtgen>")
        return _GAP.sub("", _TIME.sub("… s", seen)) + code


def shown(command: str) -> str:
    return "$ " + command.replace("\n", "\n> ").replace("> \n", ">\n") + "\n"


@pytest.mark.parametrize("story", sorted(STORIES.glob("*.txt")), ids=lambda file: file.stem)
def test_what_a_person_sees(story: Path, tmp_path: Path, linux_7_2: KernelTree) -> None:
    written = story.read_text(encoding="utf-8")
    desk = Desk(tmp_path, os.environ["DTGEN_CACHE"] if "no cache" not in written else None)
    (tmp_path / "linux").symlink_to(linux_7_2.root)
    head = written[: written.index("$ ")]
    seen = head + "".join(shown(command) + desk.run(command) for command in commands(written))
    if os.environ.get("DTGEN_WRITE_STORIES"):
        story.write_text(seen, encoding="utf-8")
    assert seen == written
