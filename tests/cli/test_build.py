"""`dtgen build`: what it writes, what it tells, with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ROOT


def test_build_writes_and_tells(run, tmp_path: Path) -> None:
    done = run("build", "sc7180")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[:4] == [
        "sc7180: Qualcomm SC7180 (Snapdragon 7c)",
        "  wrote build/sc7180/sc7180-el2.dtso",
        "  wrote build/sc7180/sc7180-el2.dtbo",
        "",
    ]
    assert lines[4].startswith(
        "built-in base (not bootable); --base or --kernel for yours: applied, 3 changes, no findings; 1 info pre-existing ("
    )
    assert lines[5:] == [
        "  &gpu_zap_shader  /soc@0/gpu@5000000/zap-shader",
        '    + status = "disabled"',
        "  /soc@0/video-codec@aa00000/video-firmware",
        "    + this node",
        "    + iommus = <&apps_smmu 0xc42 0x0>",
        "  wrote build/sc7180/sc7180-lean-el2.dtb",
        "",
        "sc7180: applied to 1 of 1 base, validated against built-in bindings: no errors",
    ]
    assert sorted(file.name for file in (tmp_path / "build/sc7180").iterdir()) == [
        "sc7180-el2.dtbo",
        "sc7180-el2.dtso",
        "sc7180-lean-el2.dtb",
    ]


def test_quiet_says_nothing_of_a_clean_build(run) -> None:
    done = run("build", "-q", "lemans")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_the_same_twice_and_on_stdout_alone(run) -> None:
    first, second = run("build", "lemans", "--format", "json"), run("build", "lemans", "--format", "json")
    assert first.stdout == second.stdout
    (board,) = json.loads(first.stdout)["boards"]
    assert (board["board"], board["errors"], [base["applied"] for base in board["bases"]]) == (
        "lemans",
        0,
        [True],
    )
    assert first.stderr == ""


def test_all_builds_each_board_in_its_own_directory(run, tmp_path: Path) -> None:
    done = run("build", "-q", "--all", "-o", "out")
    assert (done.returncode, done.stdout) == (0, "")
    boards = {file.stem for file in (ROOT / "boards").glob("*.yaml")}
    assert {directory.name for directory in (tmp_path / "out").iterdir()} == boards


def test_findings_exit_with_1(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    text = "name: mine\nextends: lemans\ndisable: {nothing: {why: a test}}\n"
    (tmp_path / "boards/mine.yaml").write_text(text)
    done = run("build", "-q", "mine")
    assert done.returncode == 1
    assert done.stdout.startswith("boards/mine.yaml:3:11: error: the built-in base has no label nothing ")


def test_a_board_by_its_file(run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: lemans\n")
    assert run("build", "-q", "mine.yaml").returncode == 0


def test_a_board_file_finds_what_lies_beside_it(run, tmp_path: Path) -> None:
    far = tmp_path / "far/boards"
    far.mkdir(parents=True)
    (far / "one.yaml").write_text("name: one\nextends: lemans\n")
    (far / "two.yaml").write_text("name: two\nextends: one\n")
    assert run("build", "-q", "far/boards/two.yaml").returncode == 0


def test_two_processes_at_once(run, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DTGEN_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "dtgen", "build", "-q", "lemans"]
    both = [subprocess.Popen(command, cwd=tmp_path, env=environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(file.name for file in (tmp_path / "build/lemans").iterdir()) == [
        "lemans-el2.dtbo",
        "lemans-el2.dtso",
        "lemans-lean-el2.dtb",
    ]


def test_build_tells_of_the_description_for_other_firmware(
    run, tmp_path: Path, compiled: Callable[[str], bytes]
) -> None:
    for name in ("x1e80100-crd", "hamoa-iot-evk"):
        (tmp_path / f"{name}.dtb").write_bytes(compiled(f"{name}.dts"))
    note = (
        "  note: x1-laptop names x1e80100-crd, too: it is for firmware that does not serve PAS at EL2 "
        "(Field reports of Linux at EL2 on X1 laptops through a secure-launch helper); "
        "if the board has such firmware, run `dtgen build x1-laptop`\n"
    )
    assert note in run("build", "x1", "--base", "x1e80100-crd.dtb").stdout
    assert "note: x1-laptop" not in run("build", "x1", "--base", "hamoa-iot-evk.dtb").stdout
    assert "note: x1 " not in run("build", "x1-laptop", "--base", "x1e80100-crd.dtb").stdout


USERS = """\
  users of PAS:
    &gpu_zap_shader     GPU zap shader    disabled      by the overlay
    &iris               video codec       disabled      by the overlay
    &remoteproc_gpdsp0  remote processor  has a stream  0x38a0/0x0 on &apps_smmu
    &remoteproc_gpdsp1  remote processor  has a stream  0x38c0/0x0 on &apps_smmu
    &remoteproc_cdsp0   remote processor  has a stream  0x21c0/0x400 on &apps_smmu
    &remoteproc_cdsp1   remote processor  has a stream  0x29c0/0x400 on &apps_smmu
    &remoteproc_adsp    remote processor  has a stream  0x3000/0x0 on &apps_smmu
  wrote build/lemans/lemans-lean-el2.dtb
"""


def test_build_shows_the_users_of_pas_where_more_is_asked_for(run) -> None:
    assert USERS in run("build", "lemans", "-v").stdout
    assert "users of PAS" not in run("build", "lemans").stdout
    (board,) = json.loads(run("build", "lemans", "--format", "json").stdout)["boards"]
    users = board["bases"][0]["pas_users"]
    assert [user["name"] for user in users] == re.findall(r"^    (&\S+)", USERS, re.M)


@pytest.mark.parametrize(
    "command",
    [("build", "lemans", "-o", "out"), ("check", str(ROOT / "boards/lemans.yaml"))],
    ids=["build", "check"],
)
def test_both_engines_say_the_same(run, command: tuple[str, ...]) -> None:
    fast, plain = (
        run(*command, "--format", "json", "--engine", engine).stdout for engine in ("fast", "dtschema")
    )
    assert plain == fast
    assert '"state": "pre-existing"' in fast
