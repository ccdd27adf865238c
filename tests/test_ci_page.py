"""What docs/ci.md has ready to copy is what dtgen takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hooked import hooks

from dtgen import rules
from dtgen.cli import cli
from dtgen.project import settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_settings_can_be_loaded(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    (tmp_path / "dtgen.toml").write_text(text)
    found = settings.load(tmp_path, rules.ADJUSTABLE)
    assert tomllib.loads(text).keys() == {
        "generated",
        "kernel",
        "include",
        "exclude",
        "bindings",
        "severity",
        "overlay",
    }
    assert [overlay.bases is not None for overlay in found.overlays] == [True, True]


def test_every_yaml_is_yaml_and_the_hook_is_ours() -> None:
    from ruamel.yaml import YAML

    remote, local, *_ = (YAML(typ="safe").load(text) for text in blocks("yaml"))
    assert [hook["id"] for hook in remote["repos"][0]["hooks"]] == [hook["id"] for hook in hooks()]
    (hook,) = local["repos"][0]["hooks"]
    assert {**hooks()[0], **hook, "language": "python"} == hooks()[0]


def test_every_command_and_option_is_there() -> None:
    found = re.findall(r"dtgen ([a-z]+)((?: --[a-z-]+)*)", PAGE)
    for name, options in found:
        command = cli.commands.get(name)
        if command is None:  # prose
            continue
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(options.split()) <= known, name
    assert {name for name, _ in found} >= {"check", "schema", "completion", "bindings"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_dtgen(shell: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dtgen", "completion", shell]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert f"_DTGEN_COMPLETE={shell}_complete" in done.stdout
