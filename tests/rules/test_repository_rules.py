"""What is found in the files of a repository: the examples of its documentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from documented import examples

from dtgen.commands import build
from dtgen.commands import check as checking
from dtgen.commands.check_bases import Options
from dtgen.diagnostics import Diagnostic
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.rules import ALL, REPOSITORY

SOURCE = """\
// SPDX-License-Identifier: MIT
/* Of a test. */

/dts-v1/;
/plugin/;

&dsp {
	status = "disabled";
};
"""


def check(directory: Path, file: str) -> list[Diagnostic]:
    paths = [directory / file]
    found = checking.check(paths, Options(), layout.cache_directory(), lambda what, done, of: None)
    return [diagnostic for file in found.files for diagnostic in file.all_diagnostics]


@pytest.fixture
def in_settings(tmp_path: Path, dtb: Callable[[str], bytes]):
    """Of an example that is a `dtgen.toml`, beside a base and an overlay."""

    def found(example: str) -> list[Diagnostic]:
        (tmp_path / "overlays").mkdir()
        (tmp_path / "overlays/mine.dtso").write_text(SOURCE)
        (tmp_path / "base.dtb").write_bytes(dtb('/ { compatible = "v,b"; dsp: dsp { }; };'))
        (tmp_path / "dtgen.toml").write_text(example)
        return check(tmp_path, "overlays/mine.dtso")

    return found


@pytest.fixture
def in_description(tmp_path: Path):
    """Of an example that is a description, beside what it generated with another summary."""

    def found(example: str) -> list[Diagnostic]:
        description = tmp_path / "mine.yaml"
        description.write_text(examples(ALL["stale-generated"], "Passes")[0])
        text = build.rendered(str(description), Finder.from_directory(tmp_path))
        (tmp_path / "mine-el2.dtso").write_text(text)
        description.write_text(example)
        return check(tmp_path, "mine.yaml")

    return found


def test_every_rule_of_the_stage_is_here() -> None:
    assert [rule.id for rule in REPOSITORY.rules] == ["no-base", "stale-generated"]


@pytest.mark.parametrize(("heading", "fires"), [("Fires on", True), ("Passes", False)])
def test_no_base(in_settings, heading: str, fires: bool) -> None:
    (example,) = examples(ALL["no-base"], heading)
    assert [(d.rule, d.severity) for d in in_settings(example)] == (
        [("no-base", ALL["no-base"].severity)] if fires else []
    )


@pytest.mark.parametrize(("heading", "fires"), [("Fires on", True), ("Passes", False)])
def test_stale_generated(in_description, heading: str, fires: bool) -> None:
    (example,) = examples(ALL["stale-generated"], heading)
    assert [(d.rule, d.severity) for d in in_description(example)] == (
        [("stale-generated", ALL["stale-generated"].severity)] if fires else []
    )
