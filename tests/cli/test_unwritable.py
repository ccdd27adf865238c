"""Never stop for what can be done without."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Said, dtgen


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a file where a directory should be: that stops root, too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    return tmp_path


@pytest.mark.parametrize("cache", ["file", "file/cache"])
def test_without_a_cache(directory: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DTGEN_CACHE", cache)
    why = "it is a file" if cache == "file" else f"it cannot be made in {directory}/file"
    help = "    help: set DTGEN_CACHE to a directory of yours\n"
    assert dtgen("build", "lemans", "-q") == Said(
        0, "", f"dtgen: warning: the cache {cache} is not used: {why}\n{help}"
    )
    # which prepares the cache and nothing else
    assert dtgen("bindings", "build", "file") == Said(
        2, "", f"dtgen: error: the cache {cache} cannot be used: {why}\n{help}"
    )


def test_where_the_working_directory_cannot_be_written(directory: Path) -> None:
    (directory / "build").touch()
    assert dtgen("build", "lemans", "-q") == Said(
        2,
        "",
        "dtgen: error: cannot make the directory build/lemans: Not a directory\n"
        "    help: write elsewhere with -o DIR\n",
    )
    assert dtgen("build", "lemans", "-q", "-o", "out") == Said(0, "")
    assert dtgen("build", "lemans", "-q", "-o", "build/x").error.count("help") == 0
