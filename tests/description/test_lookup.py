"""Descriptions by what they say, without a look at the others."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from dtgen.description import lookup
from dtgen.description.board import load
from dtgen.project.layout import Finder

HEADER = (
    "title: T\ncompatible: [{}]\nfirmware: {{pas_at_el2: true}}\n"
    "overlay: {{name: {}-el2, suffix: el2, license: MIT, summary: S}}\n"
)
TEXTS = {
    "a": "name: a\n" + HEADER.format("'v,soc'", "a"),
    "b": "name: b\nextends: a\noverlay: {name: b-el2}\n",
    "c": "name: c\n" + HEADER.format("'w,soc'", "c"),
    "d": "name: d\n" + HEADER.format('"w,\\x73oc"', "d"),
    "wrong": "name: wrong\ntitle: a-el2 of v,soc\n",
}


@pytest.fixture
def looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Finder, list[str]]:
    """And the names of what is loaded."""
    (tmp_path / "boards").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / f"boards/{name}.yaml").write_text(text)
    (tmp_path / "boards/pipe.yaml").symlink_to("nowhere")
    loaded: list[str] = []
    monkeypatch.setattr(lookup, "load", lambda name, finder: loaded.append(name) or load(name, finder))
    return Finder((tmp_path,)), loaded


@pytest.mark.parametrize(
    ("words", "found", "asked"),
    [
        (("a-el2",), ["a", "b", "d"], ["a", "b", "d", "wrong"]),  # d has an escape, and may mean anything
        (("c-el2", "b-el2"), ["b", "c", "d"], ["b", "c", "d"]),
        (("nothing",), ["d"], ["d"]),
    ],
)
def test_only_what_may_mention_a_word_is_loaded(
    looked_at: tuple[Finder, list[str]], words: Collection[str], found: list[str], asked: list[str]
) -> None:
    finder, loaded = looked_at
    assert [board.name for board in lookup.that_mention(words, finder)] == found
    assert loaded == asked


def test_of_a_soc_is_what_has_its_compatible(looked_at: tuple[Finder, list[str]]) -> None:
    finder, _ = looked_at
    assert [board.name for board in lookup.of_soc(["x,board", "v,soc"], finder)] == ["a", "b"]
    assert [board.name for board in lookup.of_soc(["w,soc"], finder, without="c")] == ["d"]
