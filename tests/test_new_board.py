"""README's "A board nobody has described", as it is written there: each command, in its order."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ROOT

ANSWERS = {
    "remoteproc_gpdsp0": "0x38a0, 0x0",
    "remoteproc_gpdsp1": "0x38c0, 0x0",
    "remoteproc_cdsp0": "0x21c0, 0x400",
    "remoteproc_cdsp1": "0x29c0, 0x400",
    "remoteproc_adsp": "0x3000, 0x0",
}
"""What the engineer finds out. Source: Linux v7.1's lemans-el2.dtso."""


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^### A board nobody has described\n(.*?)^###? ", text, re.MULTILINE | re.DOTALL)
    assert section
    return [line.partition("  #")[0].strip() for line in re.findall(r"^    .*$", section[1], re.MULTILINE)]


def test_from_a_base_to_a_built_and_validated_overlay(
    compiled: Callable[[str], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-board.dtb").write_bytes(compiled("lemans-evk.dts"))
    streams = (f"/^  {node}:/,/source:/s/TODO, TODO/{numbers}/\n" for node, numbers in ANSWERS.items())
    rest = "s/license: TODO.*/license: BSD-3-Clause/\ns/source: TODO.*/source: Linux v7.1, lemans-el2.dtso/\n"
    Path("answers.sed").write_text("".join(streams) + rest)
    found = []
    for command in commands():
        words = shlex.split(command)
        tool = [sys.executable, "-m", "dtgen"] if words[0] == "dtgen" else [words[0]]
        done = subprocess.run(
            [*tool, *words[1:]], capture_output=True, text=True, check=False, env=_environment()
        )
        found.append((command, done.returncode))
    assert found == [
        ("dtgen new mine --base my-board.dtb --el2 pas", 0),
        ("dtgen build mine --base my-board.dtb", 0),
        ("dtgen new mine2 --base my-board.dtb --el2 pas --alone", 0),
        ("dtgen build mine2 --base my-board.dtb", 1),
        ("sed -i -f answers.sed boards/mine2.yaml", 0),
        ("dtgen build mine2 --base my-board.dtb", 0),
    ], done.stdout + done.stderr
    merged = [Path(f"build/{name}/my-board-el2.dtb") for name in ("mine", "mine2")]
    differ = [sys.executable, "-m", "dtgen", "diff", *map(str, merged)]
    assert subprocess.run(differ, check=False, env=_environment()).returncode == 0


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}
