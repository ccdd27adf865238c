"""The prepared sets in the cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dtgen.bindings.schemas import pack, prepare, processed
from dtgen.bindings.schemas.cache import clear, sets
from dtgen.results import Freshness


@pytest.fixture
def cache(tmp_path: Path, directory: Path) -> Path:
    prepare.prepare(directory, (), tmp_path / "cache")
    return tmp_path / "cache"


def freshness(cache: Path) -> list[Freshness]:
    return [found.freshness for found in sets(cache)]


def test_an_empty_cache_has_no_sets(tmp_path: Path) -> None:
    assert sets(tmp_path / "none") == []
    assert clear(tmp_path / "none") == (0, 0)


def test_a_set_is_told_with_its_source(cache: Path, directory: Path) -> None:
    (found,) = sets(cache)
    assert (found.source, found.problems, found.freshness) == (str(directory), 0, Freshness.CURRENT)
    assert found.schemas > 1
    assert found.size == found.file.stat().st_size


def test_a_set_that_dtschema_alone_has_prepared_is_told_like_any(directory: Path, tmp_path: Path) -> None:
    made = processed.prepare(directory, (), tmp_path)
    (found,) = sets(tmp_path)
    assert (found.file, found.source, found.freshness) == (made.file, str(directory), Freshness.CURRENT)
    assert found.schemas == made.schemas > 1
    (directory / "another.yaml").write_text("title: [")
    assert freshness(tmp_path) == [Freshness.CHANGED]
    made.file.write_bytes(b"")
    assert freshness(tmp_path) == [Freshness.OUTDATED]


def test_a_changed_schema_makes_a_set_stale_and_preparing_it_anew_current(
    cache: Path, directory: Path
) -> None:
    text = (directory / "widget.yaml").read_text()
    (directory / "widget.yaml").write_text(text.replace("enum: [1, 2]", "enum: [1, 3]"))
    assert freshness(cache) == [Freshness.CHANGED]
    prepare.prepare(directory, (), cache)
    assert freshness(cache) == [Freshness.CURRENT, Freshness.CHANGED]


def test_a_set_whose_schemas_are_gone(cache: Path, directory: Path) -> None:
    (directory / "widget.yaml").unlink()
    assert freshness(cache) == [Freshness.CHANGED]
    directory.rmdir()
    assert freshness(cache) == [Freshness.GONE]


@pytest.mark.parametrize("damage", [b"", b"dtgen schemas 0\n" + bytes(100)])
def test_a_set_of_another_version_is_outdated(cache: Path, damage: bytes) -> None:
    (found,) = sets(cache)
    found.file.write_bytes(damage)
    (found,) = sets(cache)
    assert (found.source, found.freshness) == ("", Freshness.OUTDATED)


@pytest.mark.parametrize("known", [{}, {"maker": "0", "source": "/x"}, {"source": "/x"}])
def test_a_set_of_another_dtgen_is_outdated_whatever_it_keeps(cache: Path, known: dict[str, str]) -> None:
    (found,) = sets(cache)
    found.file.write_bytes(b"".join(pack.packed(pack.Records.of({"a": b"{}"}), pack.numbered({}), **known)))
    (found,) = sets(cache)
    assert (found.source, found.freshness) == (known.get("source", ""), Freshness.OUTDATED)


def test_clearing_removes_all_and_counts(cache: Path) -> None:
    (cache / "results").mkdir()
    (cache / "results/0.json").write_text("[]")
    (cache / "results/.1.json.0123456789abcdef").write_text("[")  # of a process that was killed
    files = [file for file in cache.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    assert len(files) >= 4  # with what is remembered of the directory
    assert clear(cache) == (len(files), size)
    assert sets(cache) == []


def test_what_cannot_be_read_is_outdated(cache: Path) -> None:
    (found,) = sets(cache)
    os.truncate(found.file, found.size // 2)
    assert freshness(cache) == [Freshness.OUTDATED]
