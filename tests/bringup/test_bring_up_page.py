"""docs/bring-up.md shows what dtgen says: each of its commands is run, on the files that it talks about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from corpus import ROOT
from page_inputs import prepare

PAGE = (ROOT / "docs/bring-up.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^    \$ dtgen ([^\n]*)\n((?:    [^\n]*\n|\n(?=    ))*)", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, compiled) -> Path:
    directory = tmp_path_factory.mktemp("night")
    prepare(directory, compiled)
    return directory


def test_the_page_has_examples() -> None:
    assert len(SHOWN) == 7


@pytest.mark.parametrize(("arguments", "output"), SHOWN, ids=[arguments.split()[1] for arguments, _ in SHOWN])
def test_an_example_says_what_the_page_shows(
    night: Path, monkeypatch: pytest.MonkeyPatch, capsys, arguments: str, output: str
) -> None:
    from dtgen.cli import cli

    monkeypatch.chdir(night)
    cli.main(arguments.split(), standalone_mode=False)
    shown = "".join(line.removeprefix("    ") for line in output.splitlines(keepends=True))
    assert _without_lines(capsys.readouterr().out) == _without_lines(shown)


def _without_lines(text: str) -> str:
    """Without the line of one of dtgen's own boards, which moves when the board gets more entries."""
    return re.sub(r"\b(x1\.yaml):[0-9]+", r"\1", text.rstrip())
