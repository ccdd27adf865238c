"""README's "Your own carrier", as it is written there: its files, then each command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from corpus import ROOT
from desk import dtgen
from hooked import hooks

from dtgen.project.layout import KernelTree

FILE = re.compile(r"^```\w+\n(?://|#) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^### Your own carrier\n(.*?)^###? ", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def commands() -> list[str]:
    return [line.partition("  #")[0].strip() for line in re.findall(r"^    .*$", section(), re.MULTILINE)]


def test_as_it_is_written(linux_7_2: KernelTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "linux").symlink_to(linux_7_2.root)
    project = tmp_path / "project"
    for name, text in FILE.findall(section()):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    monkeypatch.chdir(project)
    said = {}
    for command in commands():
        program, *words = shlex.split(command)
        if program == "dtgen":
            said[command] = dtgen(*words)
    assert {command: (one.code, one.error) for command, one in said.items()} == {
        "dtgen build carrier": (0, ""),
        "dtgen check": (0, ""),
        "dtgen streams dts/carrier.dts": (0, ""),
    }
    assert "carrier: applied to 1 of 1 base" in said["dtgen build carrier"].out
    assert said["dtgen check"].out.startswith("checked 1 file (1 description): ")
    assert sorted(file.name for file in Path("build/carrier").iterdir()) == [
        "carrier-el2.dtb",
        "lemans-el2.dtbo",
        "lemans-el2.dtso",
    ]


def test_the_hook_is_one_of_ours() -> None:
    from ruamel.yaml import YAML

    text = dict(FILE.findall(section()))[".pre-commit-config.yaml"]
    (repository,) = YAML(typ="safe").load(text)["repos"]
    assert repository["hooks"] == [{"id": hooks()[0]["id"]}]
    assert commands()[-1] == "pre-commit install"
