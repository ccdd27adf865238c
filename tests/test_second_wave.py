"""Boards that Linux has no overlay of: their descriptions, on the bases that Linux v7.2 has."""

from __future__ import annotations

from pathlib import Path

import pytest
from serious import serious

from dtgen.commands.build import Builder, BuildRequest
from dtgen.description import board as boards
from dtgen.description import provenance
from dtgen.description.provenance import Described
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.rules import conflicting_streams, contradictory_source, missing_source

BOARDS = (
    "kodiak", "kodiak-no-pas", "kodiak-vendor", "lemans-video", "nord", "nord-embedded", "sc8280xp-q8b", "shikra",
    "x1-video",
)  # fmt: skip


def builder(finder: Finder, kernel: KernelTree | None = None) -> Builder:
    return Builder(finder, kernel, None, None, lambda *_: None, layout.cache_directory())


@pytest.mark.parametrize("name", BOARDS)
def test_on_the_built_in_base_nothing_is_found(name: str, finder: Finder, tmp_path: Path) -> None:
    result = builder(finder).build(BuildRequest(name, output=tmp_path))
    assert [base.applied for base in result.bases] == [True]
    assert [d for d in serious(result.all_diagnostics) if not d.allowed] == []


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("kodiak", 4),
        ("kodiak-vendor", 4),
        ("kodiak-no-pas", 1),
        ("lemans-video", 3),
        ("nord", 1),
        ("shikra", 1),
    ],
)
def test_on_the_bases_of_linux_7_2_nothing_is_found_but_what_is_allowed(
    name: str, bases: int, finder: Finder, linux_7_2: KernelTree, tmp_path: Path
) -> None:
    result = builder(finder, linux_7_2).build(BuildRequest(name, output=tmp_path))
    assert [base.applied for base in result.bases] == [True] * bases
    assert [d for d in serious(result.all_diagnostics) if not d.allowed] == []
    builtin = f"{name} names no board of a kernel tree: it is built on the built-in base"
    assert (builtin in result.notes) == (not boards.load(name, finder).bases)


@pytest.mark.parametrize("name", BOARDS)
def test_every_stream_has_a_source(name: str, finder: Finder) -> None:
    assert list(missing_source.check(Described(boards.load(name, finder)))) == []


@pytest.mark.parametrize(
    ("name", "other"), [("nord", "nord-embedded"), ("nord-embedded", "nord"), ("kodiak", "kodiak-vendor")]
)
def test_what_contradicts_another_says_so_once(name: str, other: str, finder: Finder) -> None:
    board = boards.load(name, finder)
    described = Described(board, provenance.related(board, finder))
    assert list(conflicting_streams.check(described)) == []
    (found,) = contradictory_source.check(described)
    assert found.message.endswith(f" in {other}")
