"""Committed overlays that are generated: stale ones are found, and `dtgen build --update` writes them again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import dtgen

ROOT = Path(__file__).resolve().parents[2]

DESCRIPTION = "name: mine\nextends: lemans\noverlay: {name: mine-el2}\n"
CHANGED = (
    DESCRIPTION
    + """\
streams:
  remoteproc_gpdsp1: null
disable:
  remoteproc_gpdsp1: {why: the firmware is not shipped}
"""
)

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run dtgen in a project with a description and what it generates beside it."""

    def execute(*arguments: str) -> tuple[int, str]:
        done = dtgen(*arguments, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text(DESCRIPTION)
    assert execute("build", "-q", "mine", "-o", "out")[0] == 0
    for ending in (".dtso", ".dtbo"):
        (tmp_path / f"out/mine-el2{ending}").rename(tmp_path / f"boards/mine-el2{ending}")
    (tmp_path / "out/lemans-lean-el2.dtb").unlink()
    return execute


STALE = """\
boards/mine-el2.dtbo: error: this is not what mine gives now [stale-generated]
    help: dtgen build mine --update
boards/mine-el2.dtso:36: error: this is not what mine gives now [stale-generated]
    --- boards/mine-el2.dtso
    +++ generated now
    @@ -35,3 +35,3 @@
     &remoteproc_gpdsp1 {
    -	iommus = <&apps_smmu 0x38c0 0x0>;
    +	status = "disabled";
     };
    help: dtgen build mine --update
"""


@pytest.mark.parametrize("given", ["boards/mine.yaml", "boards/mine-el2.dtso", "boards/mine-el2.dtbo", "."])
def test_whichever_file_is_given_the_description_is_checked(run: Run, tmp_path: Path, given: str) -> None:
    assert run("check", given) == (0, "checked 1 file (1 description): no findings\n")
    (tmp_path / "boards/mine.yaml").write_text(CHANGED)
    assert run("check", "-q", given) == (1, STALE)


def test_an_edit_by_hand_is_found_at_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "boards/mine-el2.dtso"
    file.write_text(file.read_text().replace("0x21c0", "0x21c1"))
    code, out = run("check", "-q", "boards/mine-el2.dtso")
    assert (code, out.splitlines()[0]) == (
        1,
        "boards/mine-el2.dtso:24: error: this is not what mine gives now [stale-generated]",
    )


def test_update_writes_what_is_stale_and_nothing_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "boards/mine.yaml").write_text(CHANGED)
    code, out = run("build", "mine", "--update")
    assert (code, [line for line in out.splitlines() if "wrote" in line]) == (
        0,
        ["  wrote boards/mine-el2.dtso", "  wrote boards/mine-el2.dtbo"],
    )
    assert run("check", "-q") == (0, "")
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*")) == [
        "boards/mine-el2.dtbo",
        "boards/mine-el2.dtso",
        "boards/mine.yaml",
    ]
    assert "wrote" not in run("build", "mine", "--update")[1]


def test_update_of_all_passes_over_those_that_commit_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "boards/mine.yaml").write_text(CHANGED)
    code, out = run("build", "--all", "--update")
    assert (code, out.count("wrote")) == (0, 2)


def test_update_has_something_to_update(run: Run) -> None:
    assert run("build", "lemans", "--update")[0] == 2
    assert "leave out -o" in run("build", "mine", "--update", "-o", "x")[1]


def test_a_project_can_keep_them_elsewhere(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dtgen.toml").write_text('generated = "overlays"\n')
    (tmp_path / "overlays/mine").mkdir(parents=True)
    file = tmp_path / "overlays/mine/mine-el2.dtso"
    (tmp_path / "boards/mine-el2.dtso").rename(file)
    (tmp_path / "boards/mine-el2.dtbo").unlink()
    assert run("check", "-q", str(file.relative_to(tmp_path))) == (0, "")
    file.write_text(file.read_text() + "\n")
    code, out = run("check", "-q", str(file.relative_to(tmp_path)))
    assert (code, out.splitlines()[0].partition(": ")[0]) == (1, "overlays/mine/mine-el2.dtso:39")


def test_a_project_can_let_them_be_stale(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dtgen.toml").write_text('[severity]\nstale-generated = "off"\n')
    (tmp_path / "boards/mine.yaml").write_text(CHANGED)
    assert run("check", "-q", "boards") == (0, "")


def test_a_blob_of_another_dtc_is_not_stale(run: Run, tmp_path: Path) -> None:
    """Padded, its strings and its nodes are the same."""
    file = tmp_path / "boards/mine-el2.dtbo"
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-p", "64", "-o", file, file], check=True)
    assert run("check", "-q", "boards") == (0, "")
