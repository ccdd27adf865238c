"""The hooks for pre-commit, each run by it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ROOT
from hooked import Repository, hooks

from dtgen.cli import cli

BASE = """
/ {
    compatible = "v,board";
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu@10000 { compatible = "arm,mmu-500"; reg = <0x10000 0x1000>; #iommu-cells = <2>; };
    dsp: dsp { };
    gpu: gpu { };
};
"""
HEAD = "// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
GOOD = HEAD + "&dsp {\n\tiommus = <&smmu 0x3000 0x0>;\n};\n"
BAD = GOOD.replace("0x3000 0x0", "0x3000")
MESSAGE = "overlays/bad.dtso:8:2: error: entry 1 of iommus has 1 cell after the phandle"


@pytest.fixture
def repository(tmp_path: Path, shared_directory: Path, dtb: Callable[[str], bytes]) -> Repository:
    """With a base, one good overlay, and one bad that was committed without a hook."""
    directory = tmp_path / "repository"
    (directory / "overlays").mkdir(parents=True)
    found = Repository.create(directory, shared_directory / "cache", "dtgen-check")
    (directory / "dtgen.toml").write_text('[[overlay]]\nfiles = "overlays/*.dtso"\nbases = ["base.dtb"]\n')
    (directory / "base.dtb").write_bytes(dtb(BASE))
    (directory / "overlays/good.dtso").write_text(GOOD)
    found.git("add", "-A")
    found.git("commit", "-q", "--no-verify", "-m", "first")
    return found


def test_a_good_commit_passes_and_a_bad_one_does_not(repository: Repository) -> None:
    (repository.directory / "overlays/good.dtso").write_text(GOOD.replace("0x3000", "0x3002"))
    assert repository.commit()[0]
    (repository.directory / "overlays/bad.dtso").write_text(BAD)
    accepted, out = repository.commit()
    assert not accepted
    assert MESSAGE in out


def test_changed_files_only_are_checked(repository: Repository) -> None:
    (repository.directory / "overlays/bad.dtso").write_text(BAD)
    repository.git("add", "-A")
    repository.git("commit", "-q", "--no-verify", "-m", "bad")
    (repository.directory / "overlays/good.dtso").write_text(GOOD.replace("0x3000", "0x3002"))
    (repository.directory / "notes.txt").touch()
    assert repository.commit()[0]
    code, out = repository.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert (code, MESSAGE in out) == (1, True)


def test_a_base_brings_the_overlays_that_depend_on_it(
    repository: Repository, dtb: Callable[[str], bytes]
) -> None:
    (repository.directory / "base.dtb").write_bytes(dtb(BASE.replace("dsp: dsp", "cdsp: dsp")))
    accepted, out = repository.commit()
    assert not accepted
    assert "overlays/good.dtso:7:1: error: the base has no label dsp [unknown-label]" in out


def test_what_is_not_staged_is_not_checked(repository: Repository) -> None:
    """pre-commit puts it aside for the time being."""
    (repository.directory / "overlays/good.dtso").write_text(GOOD.replace("0x3000", "0x3002"))
    repository.git("add", "-A")
    (repository.directory / "overlays/good.dtso").write_text(BAD)
    assert repository.run("git", "commit", "-q", "-m", "staged")[0] == 0


def test_several_at_once(repository: Repository) -> None:
    command = [sys.executable, "-m", "dtgen", "check", "-q", "overlays/good.dtso"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(command, cwd=repository.directory, env=environment) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4


def test_the_format_hook_changes_the_file_and_rejects_the_commit(
    tmp_path: Path, shared_directory: Path
) -> None:
    directory = tmp_path / "repository"
    directory.mkdir()
    repository = Repository.create(directory, shared_directory / "cache", "dtgen-format")
    file = directory / "x.dtso"
    file.write_text(GOOD.replace("\tiommus", "    iommus"))
    accepted, out = repository.commit()
    assert (accepted, "files were modified by this hook" in out) == (False, True)
    assert file.read_text() == GOOD
    assert repository.commit()[0]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_there_is(hook) -> None:
    program, command, *_ = hook["entry"].split()
    assert (program, command in cli.commands) == ("dtgen", True)
    assert (hook["id"], hook["language"]) == (f"dtgen-{command}", "python")


@pytest.mark.parametrize(
    ("file", "checked", "formatted"),
    [
        ("a.dtso", True, True),
        ("x/a.dts", True, False),
        ("a.dtsi", True, False),
        ("a.dtb", True, False),
        ("a.dtbo", True, False),
        ("boards/a.yaml", True, False),
        ("x/boards/bases/a.yml", True, False),
        ("Documentation/devicetree/bindings/x/y.yaml", True, False),
        ("Bindings/y.yaml", True, False),
        ("dtgen.toml", True, False),
        (".github/workflows/ci.yaml", False, False),
        ("keyboards/a.yaml", False, False),
        ("a.dtsoc", False, False),
    ],
)
def test_hooks_are_for_what_the_commands_know(file: str, checked: bool, formatted: bool) -> None:
    check, format_ = hooks()
    assert (bool(re.search(check["files"], file)), bool(re.search(format_["files"], file))) == (
        checked,
        formatted,
    )
