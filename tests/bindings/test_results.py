"""What is kept of a tree's validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings import store, validator
from dtgen.bindings.engine import Engine
from dtgen.bindings.results import ResultCache
from dtgen.bindings.validator import Violation

Dtb = Callable[[str], bytes]

TREE = '/ { #address-cells = <1>; #size-cells = <0>; n { compatible = "test,widget"; part { x; }; }; };'


@pytest.fixture
def kept(engine: Engine, dtb: Dtb, tmp_path: Path) -> tuple[ResultCache, bytes, tuple[Violation, ...]]:
    cache, data = ResultCache(tmp_path / "results"), dtb(TREE)
    found = tuple(validator.validate(engine, validator.decode(engine, data)))
    cache.save(engine, data, found)
    return cache, data, found


def test_what_was_found_is_had_again(engine: Engine, kept) -> None:
    cache, data, found = kept
    assert len(found) > 2
    assert cache.load(engine, data) == found


def test_another_tree_and_another_set_have_no_result(
    engine: Engine, kept, widget: str, tmp_path: Path
) -> None:
    cache, data, _ = kept
    (tmp_path / "widget.yaml").write_text(widget.replace("maxItems: 1", "maxItems: 2"))
    other = store.prepare(tmp_path, (), tmp_path / "cache").load()
    assert cache.load(engine, data + b"\0") is None
    assert cache.load(other, data) is None


@pytest.mark.parametrize("damage", ["", "{", "{}", "[]", "0\n[]", "\xff"])
def test_a_damaged_result_is_none(engine: Engine, kept, damage: str) -> None:
    cache, data, _ = kept
    (file,) = cache.folder.iterdir()
    file.write_text(damage)
    assert cache.load(engine, data) is None


def test_a_result_cut_short_is_none(engine: Engine, kept) -> None:
    cache, data, _ = kept
    (file,) = cache.folder.iterdir()
    for length in range(0, file.stat().st_size, 37):
        whole = file.read_bytes()
        file.write_bytes(whole[:length])
        assert cache.load(engine, data) is None
        file.write_bytes(whole)


def test_a_result_that_cannot_be_kept_stops_nobody(engine: Engine, kept, tmp_path: Path) -> None:
    _, data, found = kept
    (tmp_path / "file").write_text("")
    cache = ResultCache(tmp_path / "file")
    cache.save(engine, data, found)
    assert cache.load(engine, data) is None
