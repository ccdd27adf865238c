"""Three people at their desks, from `tests/stories/`: every command, and all that they see.

    DTGEN_WRITE_STORIES=1 pytest -n 0 tests/test_stories.py      writes down what is seen now: read it before it stays

A story is a terminal: `$` begins a command, `>` goes on with it, the rest is what comes, and `[1]` an exit code.
What differs between two runs or machines (seconds, directories) is written as `…` and `~`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus import ROOT
from desk import Desk

from dtgen.project.layout import KernelTree

STORIES = ROOT / "tests/stories"


def commands(text: str) -> Iterator[str]:
    for found in re.finditer(r"^\$ (.*\n(?:> .*\n|>\n)*)", text, re.MULTILINE):
        yield found[1].replace("\n> ", "\n").replace("\n>\n", "\n\n").rstrip("\n")


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
