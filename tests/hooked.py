"""A git repository with dtgen's hooks, run by the real pre-commit."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corpus import ROOT

WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A Person"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-01T00:00:00Z"))
}


def hooks() -> list[dict[str, Any]]:
    """What .pre-commit-hooks.yaml offers."""
    from ruamel.yaml import YAML

    return list(YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml"))


class Repository:
    """One in which every commit goes through the hooks; they run without network and installation."""

    def __init__(self, directory: Path, cache: Path) -> None:
        self.directory, self.cache = directory, cache

    @classmethod
    def create(cls, directory: Path, cache: Path, *ids: str) -> Repository:
        if importlib.util.find_spec("pre_commit") is None:
            pytest.skip("pre-commit is not installed")
        repository = cls(directory, cache)
        local = [
            {**hook, "entry": f"{sys.executable} -m {hook['entry']}", "language": "system"}
            for hook in hooks()
            if hook["id"] in ids
        ]
        configuration = {"repos": [{"repo": "local", "hooks": local}]}
        (directory / ".pre-commit-config.yaml").write_text(json.dumps(configuration))
        repository.git("init", "-q")
        repository.run(sys.executable, "-m", "pre_commit", "install")
        return repository

    def run(self, *command: str) -> tuple[int, str]:
        environment = {
            **os.environ,
            **WHO,
            "PYTHONPATH": str(ROOT),
            "DTGEN_CACHE": str(self.cache),
            "PRE_COMMIT_HOME": str(self.directory.parent / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }
        done = subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def git(self, *arguments: str) -> str:
        code, out = self.run("git", *arguments)
        assert code == 0, out
        return out

    def commit(self) -> tuple[bool, str]:
        """Stage all and try to: whether it was accepted, and what was said."""
        self.git("add", "-A")
        code, out = self.run("git", "commit", "-q", "-m", "change")
        return code == 0, out
