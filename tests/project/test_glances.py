from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.project import glances
from dtgen.project.glances import Glance, Glances


def glance(yaml_files: Path, maker: str = "dtgen 1") -> Glance:
    found = Glance.at((yaml_files,), (), maker)
    assert found
    return found


def touch(file: Path) -> None:
    file.write_text("other"[: len(file.read_text())])


@pytest.mark.parametrize(
    "change",
    [
        lambda yaml_files: touch(yaml_files / "a/z.yaml"),
        lambda yaml_files: (yaml_files / "a/new.yaml").write_text(""),
        lambda yaml_files: (yaml_files / "a/z.yaml").unlink(),
        lambda yaml_files: (yaml_files / "a/z.yaml").rename(yaml_files / "a/y.yaml"),
        lambda yaml_files: (yaml_files / "a").rename(yaml_files / "d"),
        lambda yaml_files: os.utime(yaml_files / "b.yaml", (1, 1)),
    ],
)
def test_a_glance_sees_every_change(yaml_files: Path, change: Callable[[Path], object]) -> None:
    before = glance(yaml_files).digest
    assert glance(yaml_files).digest == before != glance(yaml_files, "dtgen 2").digest
    change(yaml_files)
    assert glance(yaml_files).digest != before


def test_a_glance_sees_no_more_than_the_files_of_the_set(yaml_files: Path) -> None:
    before = glance(yaml_files).digest
    for name in (".git/x.yaml", "a/.hidden.yaml", "a/more.txt"):
        (yaml_files / name).parent.mkdir(exist_ok=True)
        (yaml_files / name).write_text("")
    (yaml_files / "a" / "up").symlink_to(yaml_files)
    assert glance(yaml_files).digest == before
    (yaml_files / "gone.yaml").symlink_to("nowhere")
    assert Glance.at((yaml_files,), (), "") is None


@pytest.mark.usefixtures("an_hour_later")
def test_a_set_is_found_at_a_glance(yaml_files: Path, tmp_path: Path) -> None:
    seen = glance(yaml_files)
    Glances(tmp_path, yaml_files).keep(seen, "key")
    assert Glances(tmp_path, yaml_files).key(seen) == "key"
    assert Glances(tmp_path, yaml_files).key(glance(yaml_files, "dtgen 2")) is None
    assert Glances(tmp_path, yaml_files).key(None) is None


def test_a_set_that_may_change_without_a_trace_is_not(yaml_files: Path, tmp_path: Path) -> None:
    seen = glance(yaml_files)
    Glances(tmp_path, yaml_files).keep(seen, "key")
    assert Glances(tmp_path, yaml_files).key(seen) is None


@pytest.mark.usefixtures("an_hour_later")
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
