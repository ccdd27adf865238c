"""What a description says to have no stream: nobody asks it for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.commands.build import Builder, BuildRequest
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.results import BuildResult

ADSP = "/soc@0/remoteproc@30000000"
TAKEN = "streams: {remoteproc_adsp: null}\n"
ENTRY = "{why: its firmware has no stream, source: a datasheet}"


def build(directory: Path, description: str) -> BuildResult:
    """A description that extends lemans."""
    (directory / "boards").mkdir()
    (directory / "boards/mine.yaml").write_text(f"name: mine\nextends: lemans\n{description}")
    finder = Finder.from_directory(directory)
    builder = Builder(finder, None, None, None, lambda *_: None, layout.cache_directory())
    return builder.build(BuildRequest("mine", ()))


@pytest.mark.parametrize("at", ["remoteproc_adsp", ADSP])
def test_a_processor_without_a_stream(tmp_path: Path, at: str) -> None:
    result = build(tmp_path, f"{TAKEN}without_stream: {{{at}: {ENTRY}}}\n")
    assert result.all_diagnostics == ()
    (base,) = result.bases
    (user,) = (user for user in base.assessment.pas_users if user.path == ADSP)
    assert (user.fate.value, user.why) == ("untouched", "its firmware has no stream (a datasheet)")


def test_a_processor_of_which_nothing_is_said(tmp_path: Path) -> None:
    result = build(tmp_path, f"{TAKEN}without_stream: {{remoteproc_other: {ENTRY}}}\n")
    assert [diagnostic.rule for diagnostic in result.all_diagnostics] == ["pas-without-stream"]


def test_a_stream_and_none(tmp_path: Path) -> None:
    result = build(tmp_path, f"without_stream: {{remoteproc_adsp: {ENTRY}}}\n")
    (diagnostic,) = result.all_diagnostics
    assert diagnostic.message.startswith("what stream remoteproc_adsp has is written twice (first at ")
