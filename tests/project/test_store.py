"""What is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dtgen.cli import process
from dtgen.project import files, store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kept = tmp_path / "cache/results/key"
    store.save(kept, b"what was said")
    return kept


def test_what_is_kept_is_its_users_alone(file: Path) -> None:
    assert store.load(file) == b"what was said"
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent, file.parent.parent)] == [
        0o600, 0o700, 0o700,
    ]  # fmt: skip


def test_nothing_is_believed_that_is_damaged_or_stands_in_another_place(file: Path) -> None:
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole + b"x", whole.replace(b"what", b"that"), b"\n" + whole):
        file.write_bytes(damaged)
        assert store.load(file) is None
    file.write_bytes(whole)
    file.rename(file.with_name("another"))
    assert store.load(file.with_name("another")) is None
    assert store.load(file) is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_nothing_is_believed_that_others_can_have_written(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert store.load(file) is None
    store.save(file, b"anew")
    assert store.load(file) == b"anew"


def test_nothing_is_believed_of_another_user(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert store.load(file) is None
    assert store.doubt(file.parent) == "it belongs to another user"


def test_a_pipe_a_link_and_a_directory_are_no_kept_files(file: Path) -> None:
    file.rename(file.with_name("moved"))
    file.symlink_to("moved")
    assert store.load(file) is None
    file.unlink()
    os.mkfifo(file)
    assert store.load(file) is None
    store.save(file, b"anew")  # takes its place
    assert store.load(file) == b"anew"
    file.unlink()
    file.mkdir()
    assert store.load(file) is None


def test_what_was_not_used_for_longest_goes_first(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.unlink()
    monkeypatch.setattr(store, "MAX_FOLDER", 10 * (100 + 65))
    monkeypatch.setattr(store, "_LEFT", 5 * (100 + 65))
    monkeypatch.setattr(store, "_LOOK_AFTER", 100)
    for number in range(11):
        kept = file.with_name(str(number))
        store.save(kept, bytes(100))
        os.utime(kept, (number, number))
        if number == 9:
            assert store.load(file.with_name("0")) == bytes(100)  # and now it is the newest
    assert {int(kept.name) for kept in file.parent.iterdir()} == {0, 7, 8, 9, 10}


def test_how_much_there_is_is_not_asked_at_each_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr(store, "entries", lambda folder: looks.append(folder) or [])
    for _ in range(100):
        store.save(file, bytes(store._LOOK_AFTER // 50 + 1))
    assert len(looks) == 2


def test_nothing_is_dropped_behind_a_link(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_FOLDER", 0)
    link = file.parent.with_name("link")
    link.symlink_to(file.parent)
    store.make_room(link, store._LOOK_AFTER)
    assert file.exists()


def test_a_cache_that_others_can_write_to_is_left_alone_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("DTGEN_CACHE", str(cache))
    with process.cache(unwanted=False) as used:
        assert used == cache  # not there yet
    cache.mkdir()
    cache.chmod(0o775)
    with process.cache(unwanted=False) as used:
        assert used != cache
        assert not store.doubt(used)
    assert capsys.readouterr().err == (
        f"dtgen: warning: the cache {cache} is not used: others can write to it (chmod go-w {cache})\n"
        "    help: set DTGEN_CACHE to a directory of yours\n"
    )
    cache.chmod(0o755)
    with process.cache(unwanted=False) as used:
        assert used == cache
    assert capsys.readouterr().err == ""


def test_a_file_of_our_own_is_opened_at_once_or_not_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "nothing"):
        with pytest.raises(OSError), files.own(tmp_path / name):
            pass
