"""`dtgen diagnose` as a person runs it."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import pty
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ROOT
from sarif_subset import SCHEMA

TREE = """/ {
    compatible = "qcom,sa8775p";
    apps_smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    remoteproc_adsp: remoteproc@30000000 {
        compatible = "qcom,sa8775p-adsp-pas";
        iommus = <&apps_smmu 0x3001 0x0>;
    };
    dais { iommus = <&apps_smmu 0x3001 0x0>; };
};"""
MINE = """extends: lemans
name: mine
title: Mine
streams:
  remoteproc_adsp:
    iommus:
      - [apps_smmu, 0x3001, 0x0]
"""
LOG = """[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
[    0.000000] Linux version 7.2.0 (x) #1
[    0.091000] CPU: All CPU(s) started at EL2
[    7.100000] remoteproc remoteproc4: adsp is available
[    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
[    7.214101] remoteproc remoteproc4: can't enable iommu: -22
"""


@pytest.fixture
def board(tmp_path: Path, dtb: Callable[[str], bytes]) -> Path:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text(MINE)
    (tmp_path / "merged.dtb").write_bytes(dtb(TREE))
    (tmp_path / "boot.log").write_text(LOG)
    return tmp_path


def test_a_cause_with_its_line(run, board: Path) -> None:
    done = run("diagnose", "boot.log", "--tree", "merged.dtb", "--board", "mine")
    assert done.stdout == (
        """boot.log: Linux 7.2.0 at EL2, 1 boot, 7.2 s

cause 1, certain: &remoteproc_adsp shares a stream with another device, so it was not started [attach-overlap]
    boot.log:5: [    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
    tree: stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed by /dais too
    change: boards/mine.yaml:7:9: [apps_smmu, 0x3001, 0x0] -> [apps_smmu, 0x3000, 0x0]   """
        """(lemans: Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso)
    verify: dmesg | grep 'remote processor adsp is now up'
    follows: 1 line (boot.log:6: remoteproc remoteproc4: can't enable iommu: -22)

nothing else was found in 6 lines about IOMMUs, remote processors, firmware and overlays, of 6
"""
    )
    assert done.returncode == 1


def test_the_log_alone_says_what_else_would_tell(run, board: Path) -> None:
    done = run("diagnose", "boot.log")
    assert "cause 1, possible: 30000000.remoteproc could not be attached to its SMMU (-22)" in done.stdout
    assert "--tree MERGED.dtb and --board NAME would say more" in done.stdout
    assert done.returncode == 0


def test_a_healthy_log_has_no_cause(run, board: Path) -> None:
    (board / "boot.log").write_text("\n".join(LOG.splitlines()[:4]))
    done = run("diagnose", "boot.log", "--tree", "merged.dtb", "--board", "mine")
    assert "cause" not in done.stdout
    assert "no failure was found in 4 lines" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    "pack", [lambda data: data, gzip.compress, lzma.compress], ids=["plain", "gzip", "xz"]
)
def test_the_standard_input_and_compressed_logs(board: Path, pack: Callable[[bytes], bytes]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dtgen", "diagnose", "-", "--tree", "merged.dtb"],
        cwd=board, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, input=pack(LOG.encode()),
        capture_output=True, check=False,
    )  # fmt: skip
    assert b"stdin:5: [    7.214001]" in done.stdout
    assert done.returncode == 1


def test_an_archive_has_log_tree_and_counters(run, board: Path) -> None:
    with tarfile.open(board / "collect.tar.gz", "w:gz") as tar:
        for name, data in (
            ("dmesg.txt", LOG.encode()),
            ("fdt.dtb", (board / "merged.dtb").read_bytes()),
            ("interrupts.txt", b" 201:  0  0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi\nErr: 0\n"),
        ):
            entry = tarfile.TarInfo(f"dtgen-collect/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    done = run("diagnose", "collect.tar.gz", "--board", "mine", "--format", "json")
    causes = json.loads(done.stdout)["logs"][0]["diagnoses"][0]["causes"]
    assert [(cause["cause"], cause["confidence"]) for cause in causes] == [
        ("attach-refused", "certain"),
        ("no-msi", "likely"),
    ]
    assert causes[0]["location"] == {"file": "boards/mine.yaml", "line": 7, "column": 9}


def test_sarif_names_the_line_of_the_description(run, board: Path) -> None:
    from jsonschema import Draft7Validator

    done = run("diagnose", "boot.log", "--tree", "merged.dtb", "--board", "mine", "--format", "sarif")
    log = json.loads(done.stdout)
    assert not list(Draft7Validator(SCHEMA).iter_errors(log))
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 9}
    assert result["level"] == "error"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("diagnose", "merged.dtb"), "merged.dtb is a devicetree, not a log"),
        (("diagnose", "none.log"), "cannot read none.log: No such file or directory"),
        (("diagnose", "boot.log", "--boot", "3"), "boot.log has 1 boot, not 3"),
        (("diagnose", "boot.log", "--boot", "x"), "--boot takes a number from 1, last or all"),
        (("diagnose", "boot.log", "--board", "nobody"), "there is no board nobody"),
        (("diagnose", "cut.gz"), "cannot read cut.gz: "),
    ],
)
def test_what_cannot_be_read(run, board: Path, arguments: tuple[str, ...], message: str) -> None:
    (board / "cut.gz").write_bytes(gzip.compress(LOG.encode() * 100)[:-20])
    done = run(*arguments)
    assert message in done.stderr
    assert (done.stdout, done.returncode) == ("", 2)


@pytest.mark.parametrize("name", ["boot.log", "merged.dtb", "base.dtb", "interrupts.txt"])
def test_no_input_is_overwritten_by_the_report(run, board: Path, name: str) -> None:
    (board / "base.dtb").write_bytes((board / "merged.dtb").read_bytes())
    (board / "interrupts.txt").write_text("Err: 0\n")
    before = (board / name).read_bytes()
    done = run(
        "diagnose", "boot.log", "--tree", "merged.dtb", "--against", "base.dtb",
        "--interrupts", "interrupts.txt", "--output", name,
    )  # fmt: skip
    assert (
        done.stderr
        == f"dtgen: error: the output {name} is one of the inputs\n    help: write to another file\n"
    )
    assert (done.stdout, done.returncode) == ("", 2)
    assert (board / name).read_bytes() == before


def test_every_boot_of_a_log(run, board: Path) -> None:
    (board / "boot.log").write_text(LOG + LOG.replace("-22", "-19"))
    done = run("diagnose", "boot.log", "--boot", "all")
    assert "boot 1 of 2" in done.stdout
    assert "boot 2 of 2" in done.stdout
    assert "boot.log:11: " in done.stdout


@pytest.mark.parametrize(
    ("boot", "found"), [("all", [(1, False), (2, True)]), ("1", [(1, False)]), ("2", [(2, True)])]
)
def test_interrupts_are_of_the_boot_that_runs(run, board: Path, boot: str, found: list) -> None:
    (board / "boot.log").write_text(LOG + LOG)
    (board / "interrupts.txt").write_text(
        " 201:  0  0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi\nErr: 0\n"
    )
    done = run("diagnose", "boot.log", "--interrupts", "interrupts.txt", "--boot", boot, "--format", "json")
    (log,) = json.loads(done.stdout)["logs"]
    ids = [(one["boot"], [cause["cause"] for cause in one["causes"]]) for one in log["diagnoses"]]
    assert [(number, "no-msi" in causes) for number, causes in ids] == found


def test_a_description_that_cannot_be_built_is_said_where_its_tree_is_used(run, board: Path) -> None:
    (board / "boards/mine.yaml").write_text(MINE.replace("remoteproc_adsp", "remoteproc_none"))
    why = (
        "no node is named from mine, which does not build: "
        "the base has no label remoteproc_none; see dtgen build mine"
    )
    done = run("diagnose", "boot.log", "--board", "mine")
    assert why in done.stdout.splitlines()
    done = run("diagnose", "boot.log", "--tree", "merged.dtb", "--board", "mine")
    assert "which does not build" not in done.stdout


def test_a_level_against_the_log_is_said(run, board: Path) -> None:
    told = "--el 1 was taken, and the log says EL2"
    assert told in run("diagnose", "boot.log", "--el", "1").stdout.splitlines()
    assert "was taken" not in run("diagnose", "boot.log", "--el", "2").stdout


def test_a_cause_is_explained(run) -> None:
    done = run("explain", "el2-tree-at-el1")
    assert done.stdout.startswith("el2-tree-at-el1: The tree is for Linux at EL2, and Linux runs at EL1.")
    assert "Looked for by `dtgen diagnose`." in done.stdout


def test_nobody_is_left_waiting_at_a_terminal(board: Path) -> None:
    """What is typed at a terminal is no log."""
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dtgen", "diagnose"], cwd=board,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, stdin=slave, capture_output=True,
            text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(slave)
    assert "give a log, or - for the standard input" in done.stderr
    assert done.returncode == 2
