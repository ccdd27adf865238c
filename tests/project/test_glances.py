from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.project import glances
from dtgen.project.glances import Glance, Glances


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    for name in ("b.yaml", "a/z.yaml", "a-b/c.yaml", "a/no.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    return made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour after the files were made."""
    now = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(glances.time, "time_ns", lambda: now)


def glance(directory: Path, maker: str = "dtgen 1") -> Glance:
    found = Glance.at((directory,), (), maker)
    assert found
    return found


def touch(file: Path) -> None:
    file.write_text("other"[: len(file.read_text())])


@pytest.mark.parametrize(
    "change",
    [
        lambda directory: touch(directory / "a/z.yaml"),
        lambda directory: (directory / "a/new.yaml").write_text(""),
        lambda directory: (directory / "a/z.yaml").unlink(),
        lambda directory: (directory / "a/z.yaml").rename(directory / "a/y.yaml"),
        lambda directory: (directory / "a").rename(directory / "d"),
        lambda directory: os.utime(directory / "b.yaml", (1, 1)),
    ],
)
def test_a_glance_sees_every_change(directory: Path, change: Callable[[Path], object]) -> None:
    before = glance(directory).digest
    assert glance(directory).digest == before != glance(directory, "dtgen 2").digest
    change(directory)
    assert glance(directory).digest != before


def test_a_glance_sees_no_more_than_the_files_of_the_set(directory: Path) -> None:
    before = glance(directory).digest
    for name in (".git/x.yaml", "a/.hidden.yaml", "a/more.txt"):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text("")
    (directory / "a" / "up").symlink_to(directory)
    assert glance(directory).digest == before
    (directory / "gone.yaml").symlink_to("nowhere")
    assert Glance.at((directory,), (), "") is None


@pytest.mark.usefixtures("later")
def test_a_set_is_found_at_a_glance(directory: Path, tmp_path: Path) -> None:
    seen = glance(directory)
    Glances(tmp_path, directory).keep(seen, "key")
    assert Glances(tmp_path, directory).key(seen) == "key"
    assert Glances(tmp_path, directory).key(glance(directory, "dtgen 2")) is None
    assert Glances(tmp_path, directory).key(None) is None


def test_a_set_that_may_change_without_a_trace_is_not(directory: Path, tmp_path: Path) -> None:
    seen = glance(directory)
    Glances(tmp_path, directory).keep(seen, "key")
    assert Glances(tmp_path, directory).key(seen) is None


@pytest.mark.usefixtures("later")
def test_sources_are_read_once_and_again_when_they_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTGEN_CACHE", str(tmp_path / "cache"))
    package, read = tmp_path / "package", []
    (package / "inner").mkdir(parents=True)
    for name in ("a.py", "inner/b.py"):
        (package / name).write_text("1")
    content = glances.files.content
    monkeypatch.setattr(glances.files, "content", lambda file: (read.append(file), content(file))[1])

    def fingerprint() -> str:
        glances.fingerprint.cache_clear()
        return glances.fingerprint(package)

    first = fingerprint()
    assert (fingerprint(), len(read)) == (first, 2)
    (package / "inner/b.py").write_text("2")
    assert fingerprint() != first
    (package / "inner/b.py").write_text("1")
    assert fingerprint() == first  # by their content
    (tmp_path / "cache").chmod(0o777)  # where others could have written what is known
    read.clear()
    assert (fingerprint(), fingerprint(), len(read)) == (first, first, 4)
