from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dtgen.bindings.schemas import files
from dtgen.bindings.schemas.files import File, Memory
from dtgen.errors import ToolError
from dtgen.project.glances import Glance

OLD = time.time_ns() - 3600 * 10**9


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
    monkeypatch.setattr(files.time, "time_ns", lambda: OLD + 7200 * 10**9)


def digests(folder: Path, directory: Path) -> list[str]:
    memory = Memory(folder, directory)
    found = memory.digests(files.below(directory))
    memory.keep("key")
    return found


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from now on."""
    read: list[str] = []
    digest = files._digest
    monkeypatch.setattr(files, "_digest", lambda file: (read.append(file.name), digest(file))[1])
    return read


def test_files_are_sorted_by_their_parts_as_paths_are(directory: Path) -> None:
    found = files.below(directory)
    assert [file.path for file in found] == [str(path) for path in sorted(directory.rglob("*.yaml"))]
    assert [file.name for file in found] == ["a/z.yaml", "a-b/c.yaml", "b.yaml"]


def test_what_is_no_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as raised:
        files.below(tmp_path / "none")
    assert str(raised.value) == f"cannot read {tmp_path / 'none'}: No such file or directory"


def test_a_digest_is_of_the_name_and_the_content(directory: Path, tmp_path: Path) -> None:
    (directory / "d.yaml").write_text("b.yaml")
    (directory / "e.yaml").write_text("d.yaml")
    assert len(set(digests(tmp_path, directory))) == 5


@pytest.mark.usefixtures("later")
def test_what_is_unchanged_is_not_read_again(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digests(tmp_path, directory)
    read = reads(monkeypatch)
    assert digests(tmp_path, directory) == first
    assert read == []
    assert Memory(tmp_path, directory).last == "key"


@pytest.mark.usefixtures("later")
def test_what_is_changed_is_read_again_even_with_its_size_and_time_kept(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digests(tmp_path, directory)
    file = directory / "b.yaml"
    stat = file.stat()
    file.write_text("B.yaml")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    read = reads(monkeypatch)
    assert digests(tmp_path, directory) != first
    assert read == ["b.yaml"]


@pytest.mark.usefixtures("later")
def test_what_is_replaced_by_a_rename_is_read_again(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests(tmp_path, directory)
    (directory / "new").write_text("B.yaml")
    (directory / "new").replace(directory / "b.yaml")
    read = reads(monkeypatch)
    digests(tmp_path, directory)
    assert read == ["b.yaml"]


def test_what_was_just_changed_is_not_trusted(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests(tmp_path, directory)
    read = reads(monkeypatch)
    digests(tmp_path, directory)
    assert len(read) == 3


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"x\n[", b"\xff"])
def test_a_damaged_memory_is_forgotten(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    first = digests(tmp_path, directory)
    (file,) = tmp_path.glob("*.files")
    file.write_bytes(damage)
    read = reads(monkeypatch)
    assert digests(tmp_path, directory) == first
    assert len(read) == 3


@pytest.mark.usefixtures("later")
def test_a_memory_with_a_wrong_byte_is_forgotten(directory: Path, tmp_path: Path) -> None:
    first = digests(tmp_path, directory)
    (file,) = tmp_path.glob("*.files")
    text = file.read_bytes()
    file.write_bytes(text.replace(first[0].encode(), b"0" * 32))
    assert digests(tmp_path, directory) == first


@pytest.mark.usefixtures("later")
def test_a_memory_that_cannot_be_kept_is_no_error(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(digests(tmp_path / "file/cache", directory)) == 3


def test_a_file_that_cannot_be_read_has_a_digest_of_its_own(directory: Path, tmp_path: Path) -> None:
    (gone,) = Memory(tmp_path, directory).digests([File("x", str(directory / "x.yaml"))])
    (directory / "x.yaml").write_text("")
    assert files.unreadable(gone) == "No such file or directory"
    assert files.unreadable(files.digest_of("x", b"")) == ""
    assert Memory(tmp_path, directory).digests([File("x", str(directory / "x.yaml"))]) != [gone]


@pytest.mark.parametrize("settled", [True, False])
def test_what_changes_while_it_is_used_is_seen(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    if settled:
        monkeypatch.setattr(files.time, "time_ns", lambda: OLD + 7200 * 10**9)
    memory = Memory(tmp_path, directory)
    memory.digests([*files.below(directory), File("x", str(directory / "x.yaml"))])
    read = reads(monkeypatch)
    assert memory.stands()
    assert len(read) == (1 if settled else 4)  # a time that is new tells nothing
    os.utime(directory / "b.yaml", (1, 1))
    assert memory.stands()
    (directory / "x.yaml").write_text("")
    assert not memory.stands()
    (directory / "x.yaml").unlink()
    (directory / "b.yaml").write_text("B.yaml")
    assert not memory.stands()
    (directory / "b.yaml").unlink()
    assert not memory.stands()


def test_signatures_of_a_glance_need_no_other_look(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.below(directory)
    expected = Memory(tmp_path, directory).digests(found)
    glance = Glance.at((directory,), (), "")
    assert glance
    monkeypatch.setattr(files.os, "stat", None)
    assert Memory(tmp_path, directory).digests(found, glance.signatures()) == expected
