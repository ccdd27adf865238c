from __future__ import annotations

import json
from pathlib import Path

import pytest

from dtgen.description import board as boards
from dtgen.project.layout import Finder
from dtgen.report.boards import listing, resolved

BOARD = """\
name: a
title: Ä
compatible: ["qcom,a"]
firmware: {pas_at_el2: true}
overlay: {name: a-el2, suffix: el2, license: MIT, summary: S}
streams: {adsp: {iommus: [[smmu, 0x3000, 0]]}}
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    """A project with a board, one that extends it, and one that cannot be loaded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()
    Path("boards/a.yaml").write_text(BOARD, encoding="utf-8")
    Path("boards/broken.yaml").write_text("name: broken\nname: broken\n")
    Path("boards/c.yaml").write_text("name: c\nextends: a\ntitle: C\n")
    return Finder((tmp_path,))


def test_boards_stand_in_columns(own: Finder) -> None:
    assert listing(own, "text") == (
        "a       Ä (boards/a.yaml)\n"
        "broken  cannot be loaded: boards/broken.yaml:2:1: name is here twice (first in line 1) "
        "(boards/broken.yaml)\n"
        "c       C (boards/c.yaml)\n"
    )


def test_boards_as_json(own: Finder) -> None:
    assert json.loads(listing(own, "json")) == {
        "version": 1,
        "boards": [
            {
                "name": "a",
                "title": "Ä",
                "file": "boards/a.yaml",
                "own": True,
                "hides": None,
                "public_base": True,
            },
            {
                "name": "broken",
                "title": "cannot be loaded: boards/broken.yaml:2:1: name is here twice (first in line 1)",
                "file": "boards/broken.yaml",
                "own": True,
                "hides": None,
                "public_base": True,
            },
            {
                "name": "c",
                "title": "C",
                "file": "boards/c.yaml",
                "own": True,
                "hides": None,
                "public_base": True,
            },
        ],
    }


def test_no_boards_are_no_text(tmp_path: Path) -> None:
    assert listing(Finder((tmp_path,)), "text") == ""


def test_a_board_that_cannot_be_read_does_not_hide_the_others(own: Finder) -> None:
    Path("boards/dangling.yaml").symlink_to("nowhere")
    shown = [line.split()[0] for line in listing(own, "text").splitlines()]
    assert shown == ["a", "broken", "c", "dangling"]


RESOLVED = """\
name: c
title: C
compatible: ['qcom,a']
firmware:
  pas_at_el2: true
overlay:
  name: a-el2
  suffix: el2
  license: MIT
  summary: S
streams:
  adsp:
    iommus:
      - [smmu, 0x3000, 0x0]
"""


def test_a_resolved_board_has_what_it_extends(own: Finder) -> None:
    assert resolved(boards.load("c", own), "text") == RESOLVED


def test_a_resolved_board_can_be_loaded_again(own: Finder) -> None:
    board = boards.load("c", own)
    Path("boards/c.yaml").write_text(resolved(board, "text"), encoding="utf-8")
    assert boards.load("c", own).data == board.data


def test_a_resolved_board_as_json(own: Finder) -> None:
    board = boards.load("c", own)
    text = resolved(board, "json")
    assert text.startswith('{\n  "name": "c",\n  "title": "C",\n')
    assert text.endswith("}\n")
    assert json.loads(text) == board.data
