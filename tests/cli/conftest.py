"""dtgen as a person runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import dtgen


@pytest.fixture
def run(tmp_path: Path):
    """Run dtgen in an empty directory."""

    def execute(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return dtgen(*arguments, cwd=tmp_path, **variables)

    return execute
