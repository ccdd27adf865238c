from __future__ import annotations

import os
from pathlib import Path

import pytest

from dtgen.bindings.schemas import files
from dtgen.bindings.schemas.files import File, Memory
from dtgen.errors import ToolError
from dtgen.project.glances import Glance


def digests(folder: Path, yaml_files: Path) -> list[str]:
    memory = Memory(folder, yaml_files)
    found = memory.digests(files.below(yaml_files))
    memory.keep("key")
    return found


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from now on."""
    read: list[str] = []
    digest = files._digest
    monkeypatch.setattr(files, "_digest", lambda file: (read.append(file.name), digest(file))[1])
    return read


def test_files_are_sorted_by_their_parts_as_paths_are(yaml_files: Path) -> None:
    found = files.below(yaml_files)
    assert [file.path for file in found] == [str(path) for path in sorted(yaml_files.rglob("*.yaml"))]
    assert [file.name for file in found] == ["a/z.yaml", "a-b/c.yaml", "b.yaml"]


def test_what_is_no_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as raised:
        files.below(tmp_path / "none")
    assert str(raised.value) == f"cannot read {tmp_path / 'none'}: No such file or directory"


def test_a_digest_is_of_the_name_and_the_content(yaml_files: Path, tmp_path: Path) -> None:
    (yaml_files / "d.yaml").write_text("b.yaml")
    (yaml_files / "e.yaml").write_text("d.yaml")
    assert len(set(digests(tmp_path, yaml_files))) == 5


@pytest.mark.usefixtures("an_hour_later")
def test_what_is_unchanged_is_not_read_again(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digests(tmp_path, yaml_files)
    read = reads(monkeypatch)
    assert digests(tmp_path, yaml_files) == first
    assert read == []
    assert Memory(tmp_path, yaml_files).last == "key"


@pytest.mark.usefixtures("an_hour_later")
def test_what_is_changed_is_read_again_even_with_its_size_and_time_kept(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digests(tmp_path, yaml_files)
    file = yaml_files / "b.yaml"
    stat = file.stat()
    file.write_text("B.yaml")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    read = reads(monkeypatch)
    assert digests(tmp_path, yaml_files) != first
    assert read == ["b.yaml"]


@pytest.mark.usefixtures("an_hour_later")
def test_what_is_replaced_by_a_rename_is_read_again(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests(tmp_path, yaml_files)
    (yaml_files / "new").write_text("B.yaml")
    (yaml_files / "new").replace(yaml_files / "b.yaml")
    read = reads(monkeypatch)
    digests(tmp_path, yaml_files)
    assert read == ["b.yaml"]


def test_what_was_just_changed_is_not_trusted(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests(tmp_path, yaml_files)
    read = reads(monkeypatch)
    digests(tmp_path, yaml_files)
    assert len(read) == 3


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"x\n[", b"\xff"])
def test_a_damaged_memory_is_forgotten(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    first = digests(tmp_path, yaml_files)
    (file,) = tmp_path.glob("*.digests")
    file.write_bytes(damage)
    read = reads(monkeypatch)
    assert digests(tmp_path, yaml_files) == first
    assert len(read) == 3


@pytest.mark.usefixtures("an_hour_later")
def test_a_memory_with_a_wrong_byte_is_forgotten(yaml_files: Path, tmp_path: Path) -> None:
    first = digests(tmp_path, yaml_files)
    (file,) = tmp_path.glob("*.digests")
    text = file.read_bytes()
    file.write_bytes(text.replace(first[0].encode(), b"0" * 32))
    assert digests(tmp_path, yaml_files) == first


@pytest.mark.usefixtures("an_hour_later")
def test_a_memory_that_cannot_be_kept_is_no_error(yaml_files: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(digests(tmp_path / "file/cache", yaml_files)) == 3


def test_a_file_that_cannot_be_read_has_a_digest_of_its_own(yaml_files: Path, tmp_path: Path) -> None:
    (gone,) = Memory(tmp_path, yaml_files).digests([File("x", str(yaml_files / "x.yaml"))])
    (yaml_files / "x.yaml").write_text("")
    assert files.unreadable(gone) == "No such file or directory"
    assert files.unreadable(files.digest_of("x", b"")) == ""
    assert Memory(tmp_path, yaml_files).digests([File("x", str(yaml_files / "x.yaml"))]) != [gone]


@pytest.mark.parametrize("settled", [True, False])
def test_what_changes_while_it_is_used_is_seen(
    yaml_files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    settled: bool,
) -> None:
    if settled:
        request.getfixturevalue("an_hour_later")
    memory = Memory(tmp_path, yaml_files)
    memory.digests([*files.below(yaml_files), File("x", str(yaml_files / "x.yaml"))])
    read = reads(monkeypatch)
    assert memory.stands()
    assert len(read) == (1 if settled else 4)  # a time that is new tells nothing
    os.utime(yaml_files / "b.yaml", (1, 1))
    assert memory.stands()
    (yaml_files / "x.yaml").write_text("")
    assert not memory.stands()
    (yaml_files / "x.yaml").unlink()
    (yaml_files / "b.yaml").write_text("B.yaml")
    assert not memory.stands()
    (yaml_files / "b.yaml").unlink()
    assert not memory.stands()


def test_signatures_of_a_glance_need_no_other_look(
    yaml_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.below(yaml_files)
    expected = Memory(tmp_path, yaml_files).digests(found)
    glance = Glance.at((yaml_files,), (), "")
    assert glance
    monkeypatch.setattr(files.os, "stat", None)
    assert Memory(tmp_path, yaml_files).digests(found, glance.signatures()) == expected
