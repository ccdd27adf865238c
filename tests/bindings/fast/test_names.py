"""What was found out of names is kept with the set; what is damaged, or of no set any more, is not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.bindings.fast.names import Names


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "set.names"


def filled(file: Path | None) -> Names:
    names = Names(file)
    names.table("types").update({"reg": ["address"], "clocks": ["phandle-array"], "x": [], "y\nz": []})
    names.table("has")["reg"] = [1, 2]
    names.keep()
    return names


def test_they_are_there_the_next_time(file: Path) -> None:
    filled(file)
    again = Names(file)
    assert again.table("types") == {"reg": ["address"], "clocks": ["phandle-array"], "x": []}
    assert (again.table("has"), again.table("named")) == ({"reg": [1, 2]}, {})


def test_what_another_process_found_out_stays(file: Path) -> None:
    other = Names(file)
    filled(file)
    other.table("types")["ranges"] = None
    other.keep()
    assert set(Names(file).table("types")) == {"reg", "clocks", "x", "ranges"}


def test_nothing_is_written_without_need(file: Path) -> None:
    filled(None)
    filled(file).keep()
    file.chmod(0o444)
    before = file.stat()
    Names(file).keep()
    assert file.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("damage", [b"", b"00000000\n[]", b"garbage"])
def test_what_is_damaged_is_made_again(file: Path, damage: bytes) -> None:
    file.write_bytes(damage)
    assert Names(file).table("types") == {}
    filled(file)
    assert Names(file).table("has") == {"reg": [1, 2]}


def test_a_cache_that_was_removed_stays_removed(tmp_path: Path) -> None:
    filled(tmp_path / "gone" / "set.names")
    assert not (tmp_path / "gone").exists()


def test_what_another_process_alone_has_kept_stays(tmp_path: Path) -> None:
    file = tmp_path / "names"
    one, other = Names(file), Names(file)
    one.table("a")["x"] = 1
    one.keep()
    other.table("b")["y"] = 2
    other.keep()
    kept = Names(file)
    assert (kept.table("a"), kept.table("b")) == ({"x": 1}, {"y": 2})
