"""`dtgen check` in a repository: what belongs to it, what a commit takes away, what an overlay is for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Said, carrier, dtgen
from hooked import WHO

GOOD = '// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n&dsp {\n\tstatus = "okay";\n};\n'
NOTHING = Said(0, "")


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A repository, in which the tests run."""
    for name, value in {**WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> None:
        subprocess.run(["git", *words], check=True, capture_output=True)

    run("init", "-q")
    return run


@pytest.mark.parametrize(
    ("marks", "left_out"),
    [
        ({}, False),
        ({".gitignore": "vendor/\n"}, True),
        ({".gitignore": "*.dtso\n"}, True),
        ({"vendor/pyvenv.cfg": ""}, True),
        ({"dtgen.toml": 'exclude = ["vendor"]\n'}, True),
        ({"dtgen.toml": 'exclude = ["vendor/*.dtso"]\n'}, True),
        ({"dtgen.toml": 'exclude = ["*.dtso"]\n'}, False),
    ],
)
def test_what_does_not_belong_to_the_repository_is_left_out(git, marks, left_out: bool) -> None:
    Path("vendor").mkdir()
    Path("vendor/x.dtso").write_text("broken")
    for name, text in marks.items():
        Path(name).write_text(text)
    assert (dtgen("check", "-q").code == 0) is left_out
    # what is named is looked at all the same
    assert dtgen("check", "-q", "vendor/x.dtso").code == 1


def test_packages_of_npm_are_left_out(git) -> None:
    Path("node_modules").mkdir()
    Path("node_modules/x.dtso").write_text("broken")
    assert dtgen("check", "-q").out.startswith(".: warning: there is nothing here that dtgen can check")


def test_what_is_tracked_counts_though_a_pattern_ignores_it(git) -> None:
    Path("x.dtso").write_text("broken")
    git("add", "x.dtso")
    Path(".gitignore").write_text("*.dtso\n")
    assert dtgen("check", "-q").code == 1


def test_a_commit_that_takes_a_base_away(git, dtb: Callable[[str], bytes]) -> None:
    Path("base.dtb").write_bytes(dtb('/ { compatible = "v,b"; dsp: dsp { }; };'))
    Path("good.dtso").write_text(GOOD)
    Path("notes.txt").touch()
    Path("dtgen.toml").write_text('[[overlay]]\nfiles = "*.dtso"\nbases = ["base.dtb"]\n')
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    assert dtgen("check", "--staged") == NOTHING
    git("rm", "-q", "notes.txt")
    assert dtgen("check", "--staged") == NOTHING
    git("rm", "-q", "base.dtb")
    gone = "dtgen.toml:3: error: there is no base.dtb, which good.dtso is applied to [missing-base]\n"
    assert dtgen("check", "--staged", "-q") == Said(1, gone)
    git("commit", "-q", "-m", "second")
    assert dtgen("check", "--staged") == NOTHING


def test_what_pre_commit_compares(git, dtb, monkeypatch: pytest.MonkeyPatch) -> None:
    project = carrier(Path.cwd())
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    git("rm", "-q", "project/dts/carrier.dts")
    git("commit", "-q", "-m", "second")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    said = dtgen("check", "--staged", "-q")
    assert said.code == 1
    assert said.out.startswith("project/boards/mine.yaml:6:9: error: project/dts/carrier.dts does not exist")
    assert project.is_dir()


def test_what_is_excluded_is_no_hooks_business(git) -> None:
    Path("x.dtso").write_text("broken")
    Path("dtgen.toml").write_text('exclude = ["x.dtso"]\n')
    assert dtgen("check", "--staged", "x.dtso") == NOTHING


def test_an_overlay_is_for_the_bases_of_the_description_that_makes_or_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(carrier(tmp_path))
    Path("hand").mkdir()
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    Path("hand/mine-el2.dtso").write_text(GOOD.replace("&dsp", "&dsb"))
    Path("hand/other.dtso").write_text(GOOD)
    said = dtgen("check", "-q", "hand/mine-el2.dtso")
    assert "hand/mine-el2.dtso:7:1: error: the base has no label dsb" in said.out
    assert "[no-base]" in dtgen("check", "-q", "hand/other.dtso").out
    text = Path("boards/mine.yaml").read_text()
    stack = "bases: [{name: stack, dts: ./dts/carrier.dts, overlays: [./hand/other.dtso]}]"
    Path("boards/mine.yaml").write_text(text.replace("bases: [./dts/carrier.dts]", stack))
    assert dtgen("check", "-q", "hand/other.dtso") == NOTHING


def test_the_first_committed_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(carrier(tmp_path))
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    assert dtgen("build", "mine", "--update", "-q") == NOTHING
    assert Path("boards/mine-el2.dtso").is_file()
    assert not Path("build").exists()
    Path("boards/mine-el2.dtso").unlink()
    Path("overlays").mkdir()
    Path("dtgen.toml").write_text('kernel = "../linux"\ngenerated = "overlays"\n')
    assert "  wrote overlays/mine-el2.dtso\n" in dtgen("build", "mine", "--update").out
    assert dtgen("check", "-q") == NOTHING


def test_a_kernel_tree_of_the_settings_that_is_not_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(carrier(tmp_path))
    Path("dtgen.toml").write_text('[severity]\nno-op = "off"\n')
    Path("dtgen.toml").write_text('# where\nkernel = "/nowhere"\n')
    assert dtgen("build", "mine") == Said(
        2, "", "dtgen: error: dtgen.toml:2: there is no directory /nowhere\n"
    )
