"""A set that several processes have read is the one that a single process reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.bindings.schemas import build, derive, prepare


def test_several_processes_make_the_same_set(
    tmp_path: Path, widget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "bindings"
    directory.mkdir()
    refused = widget.replace("maxItems: 1", "$ref: other.yaml#/properties/none")
    for name, text in (
        ("a.yaml", refused),
        ("b.yaml", widget),
        ("c.yaml", widget.replace("widget.yaml", "gadget.yaml").replace("test,widget", "test,gadget")),
        ("d.yaml", widget.replace("title: Widget", "title: 5")),
        ("e.yaml", widget),
    ):
        (directory / name).write_text(text)
    one = prepare.prepare(directory, (), tmp_path / "one")
    given: list[str] = []
    contributions = derive.contributions
    monkeypatch.setattr(
        derive, "contributions", lambda records: given.extend(records) or contributions(records)
    )
    monkeypatch.setattr(build, "_PARALLEL_FROM", 1)
    monkeypatch.setattr(build, "_CHUNK", 3)
    several = prepare.prepare(directory, (), tmp_path / "several")
    assert not given  # in this process
    assert one.problems == several.problems
    assert [Path(problem.file).name for problem in one.problems] == ["a.yaml", "d.yaml"]
    assert one.file.read_bytes() == several.file.read_bytes()
