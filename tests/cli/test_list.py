"""`dtgen list`: every board, the broken ones, too."""

from __future__ import annotations

import json
from pathlib import Path


def test_list_names_every_board(run) -> None:
    rows = run("list").stdout.splitlines()
    assert [row.split()[0] for row in rows] == [
        "kodiak",
        "kodiak-no-pas",
        "kodiak-vendor",
        "lemans",
        "lemans-video",
        "monaco",
        "nord",
        "nord-embedded",
        "sc7180",
        "sc8280xp",
        "sc8280xp-q8b",
        "shikra",
        "talos",
        "x1",
        "x1-laptop",
        "x1-video",
    ]
    stand_ins = [row.split()[0] for row in rows if row.endswith(" (no public base yet)")]
    assert stand_ins == ["nord", "nord-embedded", "sc8280xp-q8b", "shikra"]
    assert json.loads(run("list", "--format", "json").stdout)["boards"][3]["name"] == "lemans"


def test_list_shows_a_broken_board_and_goes_on(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/broken.yaml").write_text("name: [\n")
    done = run("list")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("broken         cannot be loaded: boards/broken.yaml:")
