"""Code is kept for what was compiled, and loaded where nobody else can have written it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from bindings.conftest import WIDGET

from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.fast import code
from dtgen.bindings.fast.engine import FastEngine
from dtgen.bindings.schemas import prepare

GOOD: DecodedNode = {"compatible": ["test,widget"], "reg": [[1]], "test,mode": 1, "part": {"test,size": 4}}
BAD: DecodedNode = {"compatible": ["test,widget"], "test,mode": 3, "test,list": [1], "part": {"x": True}}
OTHER: DecodedNode = {"bootargs": ["quiet"], "linux,initrd-start": b"1"}
"""Asked of other schemas, which are dtschema's own."""


class Set:
    """A small set of bindings and a cache; each engine is that of another run."""

    def __init__(self, bindings: Path, cache: Path) -> None:
        self.bindings, self.cache = bindings, cache

    def engine(self) -> FastEngine:
        engine = prepare.prepare(self.bindings, (), self.cache).load()
        assert isinstance(engine, FastEngine)
        return engine

    def run(self, *nodes: DecodedNode) -> tuple[FastEngine, list[str]]:
        """The engine, and what it says."""
        engine = self.engine()
        said = ask(engine, *nodes)
        engine.keep()
        return engine, said

    @property
    def file(self) -> Path:
        (found,) = (self.cache / "schemas").glob("*.code")
        return found


def ask(engine: FastEngine, *nodes: DecodedNode) -> list[str]:
    found: list[str] = []
    for node in nodes:
        name = "chosen" if node is OTHER else "widget@1"
        found += [error.message for error in engine.errors(dict(node), name, False)]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Set:
    directory = tmp_path_factory.mktemp("set")
    (directory / "bindings").mkdir()
    (directory / "bindings/widget.yaml").write_text(WIDGET)
    return Set(directory / "bindings", directory / "cache")


@pytest.fixture
def kept(made: Set, tmp_path: Path) -> Set:
    """After two runs."""
    made.run(GOOD)
    made.run(GOOD)
    shutil.copytree(made.cache, tmp_path / "cache")
    return Set(made.bindings, tmp_path / "cache")


def test_what_was_compiled_is_loaded_from_the_second_run_on(kept: Set) -> None:
    engine, said = kept.run(GOOD)
    assert (engine._functions.compiled, engine._pack._read, said) == ([], {}, [])


def test_what_is_wrong_is_said_all_the_same(kept: Set) -> None:
    expected = ask(FastEngine(kept.engine()._pack, "with no code", True), BAD, OTHER)
    kept.run(BAD, OTHER)
    engine, said = kept.run(BAD, OTHER)
    assert engine._functions.compiled == []
    assert said == expected
    assert len(said) > 4


def test_a_set_that_was_never_asked_before_keeps_none(made: Set, tmp_path: Path) -> None:
    engine, _ = Set(made.bindings, tmp_path).run(GOOD)
    assert engine._functions.compiled
    assert [*(tmp_path / "schemas").glob("*.code")] == []


def sound(file: Path) -> set[str]:
    """The functions that are loaded."""
    kept = code.Code(file)
    return {key for key in kept if kept.get(key)}


def damage_index(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[200] ^= 1
    file.write_bytes(data)


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def link(file: Path) -> None:
    file.rename(file.with_suffix(".elsewhere"))
    file.symlink_to(file.with_suffix(".elsewhere"))


SPOILED = {
    "damaged in its index": damage_index,
    "damaged": damage,
    "cut off": truncate,
    "empty": lambda file: file.write_bytes(b""),
    "a link": link,
    "written by the group": lambda file: file.chmod(0o660),
    "written by others": lambda file: file.chmod(0o602),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_file_that_is_not_sound_is_not_loaded_and_made_again(kept: Set, spoil: Any) -> None:
    before = sound(kept.file)
    spoil(kept.file)
    assert sound(kept.file) < before
    engine, said = kept.run(GOOD)
    assert engine._functions.compiled
    assert said == []
    assert kept.run(GOOD)[0]._functions.compiled == []
    assert sound(kept.file) == before


def test_that_of_another_set_is_not_loaded(kept: Set) -> None:
    other = kept.file.with_name(f"{'0' * 32}.{kept.file.name.partition('.')[2]}")
    kept.file.rename(other)
    assert sound(other) == set()


def test_a_file_of_another_user_is_not_loaded(kept: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert sound(kept.file) == set()


def test_another_interpreter_has_its_own(kept: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version", "3.11.99 (another build)")
    engine, _ = kept.run(GOOD)
    assert engine._functions.compiled
    assert len([*(kept.cache / "schemas").glob("*.code")]) == 2


def test_what_another_process_has_kept_stays(kept: Set) -> None:
    engine = kept.engine()
    ask(engine, OTHER)
    engine.undocumented(["test,widget"])
    before = sound(kept.file)
    kept.run(OTHER)
    others = sound(kept.file)
    engine.keep()
    assert before < others < sound(kept.file)


@pytest.mark.parametrize(("limit", "value", "more"), [("_AT_ONCE", 1, 1), ("_MOST", 0, 0)])
def test_no_more_is_generated_than_a_limit(
    kept: Set, limit: str, value: int, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(sound(kept.file))
    monkeypatch.setattr(code, limit, value)
    kept.run(OTHER)
    assert len(sound(kept.file)) == before + more


def test_a_cache_that_was_removed_stays_removed(kept: Set) -> None:
    engine, _ = kept.run(OTHER)
    assert engine._functions.compiled
    code.keep(kept.cache / "gone/set.code", engine._functions)
    assert not (kept.cache / "gone").exists()
