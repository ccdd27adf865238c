"""The first cases of fuzz_commands.py, and that it sees what it is there to see."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable
from pathlib import Path

import fuzz_commands
import fuzz_inputs
import pytest

from dtgen.cli import cli
from dtgen.description import template
from dtgen.hardware.iommu import StreamMatch

SEED = 1


def test_80_cases_end_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, which has everything loaded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(template, "SECONDS", 1)  # some of the templates have no end
    done = collections.Counter(fuzz_commands.case(SEED, n, tmp_path / str(n)) for n in range(80))
    assert done.keys() == {kind.__name__ for kind, _ in fuzz_commands.KINDS}


@pytest.mark.parametrize("kind", [fuzz_commands.projects, fuzz_commands.bindings, fuzz_commands.templates])
def test_a_kind_reaches_what_it_is_for(
    kind: Callable[[random.Random], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every case would end where its input is refused as a whole."""
    codes: dict[str, set[int]] = {}
    run = fuzz_commands.run

    def noted(command: str, *more: str) -> tuple[int, str]:
        code, out = run(command, *more)
        codes.setdefault(command, set()).add(code)
        return code, out

    monkeypatch.setattr(fuzz_commands, "run", noted)
    monkeypatch.setattr(fuzz_commands, "garbled", lambda rng, text, words: text)
    for seed in range(4):
        directory = tmp_path / str(seed)
        directory.mkdir()
        monkeypatch.chdir(directory)
        kind(random.Random(seed))
    assert codes
    assert all(found & {0, 1} for found in codes.values())
    if kind is fuzz_commands.templates:
        assert codes == {"render": {0}}


def test_the_same_numbers_give_the_same_inputs() -> None:
    def written(seed: int) -> list[str]:
        writer = fuzz_inputs.Writer(random.Random(seed))
        return [writer.base(), writer.overlay(), writer.overlay()]

    assert written(1) == written(1) != written(2)


def test_most_of_what_is_written_compiles() -> None:
    """Else the rest would never be reached."""
    counts = collections.Counter()
    for seed in range(30):
        writer = fuzz_inputs.Writer(random.Random(seed))
        counts["base"] += fuzz_commands._compiled(writer.base(), overlay=False) is not None
        counts["overlay"] += fuzz_commands._compiled(writer.overlay(), overlay=True) is not None
    assert min(counts.values()) >= 25


def test_an_exit_3_and_a_lie_are_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.commands["list"], "callback", lambda **_: 1 / 0)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        fuzz_commands.run("list")
    monkeypatch.setattr(StreamMatch, "intersects", lambda *_: True)
    with pytest.raises(AssertionError, match=" and "):
        fuzz_commands.streams(random.Random(1))
    monkeypatch.setattr(fuzz_commands.fuzz, "plain", lambda *_: b"something else")
    with pytest.raises(AssertionError, match="not what libfdt gives"):
        for seed in range(50):
            fuzz_commands.stacks(random.Random(seed))


def test_a_mutation_of_data_leaves_the_data_as_it_was() -> None:
    data = {"a": [1, {"b": 2}], "c": "d"}
    results = [fuzz_inputs.mutated(random.Random(seed), data, 3) for seed in range(30)]
    assert data == {"a": [1, {"b": 2}], "c": "d"}
    assert sum(result != data for result in results) > 20
