"""`dtgen collect`: the script, run by real shells on a board that is a directory; and `dtgen live` as it is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

TREE = """/ {
    compatible = "qcom,lemans-evk"; model = "Lemans EVK"; serial-number = "0123456789";
    chosen { bootargs = "root=UUID=secret"; };
    apps_smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&apps_smmu 0x3000 0x0>; };
};"""
LOG = """[    0.000000] Linux version 7.2.0 (x) #1
[    0.000000] Kernel command line: root=UUID=secret ip=10.0.0.1 androidboot.serialno=secret quiet
[    1.000000] usb 1-1: SerialNumber: secret123
[    2.000000] eth0: 00:11:22:33:44:55
[    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
"""
SHELLS = [
    pytest.param(
        shell, marks=pytest.mark.skipif(not shutil.which(shell[0]), reason=f"there is no {shell[0]}")
    )
    for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"])
]


@pytest.fixture
def board(tmp_path: Path, dtb: Callable[[str], bytes]) -> Path:
    """A directory with the files of a board."""
    root = tmp_path / "root"
    for name, text in {
        "dmesg": LOG,
        "proc/interrupts": "           CPU0\n 201:  0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi\nErr:  0\n",
        "proc/cmdline": "root=UUID=secret quiet\n",
        "sys/class/remoteproc/remoteproc0/name": "adsp\n",
        "sys/class/remoteproc/remoteproc0/state": "offline\n",
        "sys/kernel/iommu_groups/3/type": "DMA\n",
        "sys/kernel/iommu_groups/3/devices/1d84000.ufshc": "",
        "proc/device-tree/compatible": "qcom,lemans-evk\0",
        "proc/device-tree/serial-number": "secret\0",
        "proc/device-tree/chosen/bootargs": "secret\0",
        "proc/device-tree/soc@0/remoteproc@30000000/compatible": "qcom,sa8775p-adsp-pas\0",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "sys/firmware").mkdir()
    (root / "sys/firmware/fdt").write_bytes(dtb(TREE))
    return root


def collect(run, shell: list[str], board: Path, out: Path) -> dict[str, bytes]:
    """The files of the archive that the script makes."""
    script = out / "collect.sh"
    script.write_text(run("collect").stdout)
    done = subprocess.run(
        [*shell, str(script), str(out)],
        env={**os.environ, "DTGEN_ROOT": str(board)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    note = "; fdt.dtb is not redacted" if (board / "sys/firmware/fdt").exists() else ""
    assert done.stderr == f"{out}/dtgen-collect.tar: look through it before you send it{note}\n"
    with tarfile.open(out / "dtgen-collect.tar") as tar:
        return {
            member.name.removeprefix("dtgen-collect/"): tar.extractfile(member).read()  # type: ignore[union-attr]
            for member in tar
            if member.isfile()
        }


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_collects_and_redacts(run, board: Path, tmp_path: Path, shell: list[str]) -> None:
    before = sorted(str(file) for file in board.rglob("*"))
    files = collect(run, shell, board, tmp_path)
    assert set(files) >= {"dmesg.txt", "interrupts.txt", "cmdline.txt", "states.txt", "fdt.dtb", "uname.txt"}
    texts = b"".join(data for name, data in files.items() if name != "fdt.dtb")
    assert b"secret" not in texts
    assert b"00:11:22" not in texts
    assert b"remoteproc0/state: offline" in texts
    assert b"iommu_groups/3: DMA 1d84000.ufshc" in texts
    assert sorted(str(file) for file in board.rglob("*")) == before


def test_where_the_blob_is_roots_alone_the_tree_is_copied(run, board: Path, tmp_path: Path) -> None:
    (board / "sys/firmware/fdt").unlink()
    files = collect(run, ["sh"], board, tmp_path)
    assert files["device-tree/soc@0/remoteproc@30000000/compatible"] == b"qcom,sa8775p-adsp-pas\0"
    assert not [name for name in files if "serial-number" in name or "chosen/" in name]
    done = run("diagnose", "dtgen-collect.tar", "--format", "json")
    (log,) = json.loads(done.stdout)["logs"]
    assert log["tree"] == "dtgen-collect.tar: device-tree"
    assert log["diagnoses"][0]["causes"][0]["node"] == "/soc@0/remoteproc@30000000"
    done = run("live", "dtgen-collect.tar", str(board / "../built.dtb"))
    assert "cannot read" in done.stderr


def test_the_archive_is_diagnosed_and_compared(run, board: Path, tmp_path: Path, dtb) -> None:
    collect(run, ["sh"], board, tmp_path)
    done = run("diagnose", "dtgen-collect.tar")
    assert "dtgen-collect.tar:5: [    7.214001] qcom_q6v5_pas 30000000.remoteproc" in done.stdout
    (tmp_path / "built.dtb").write_bytes(dtb(TREE.replace("root=UUID=secret", "").replace("0123456789", "")))
    done = run("live", "dtgen-collect.tar", "built.dtb")
    assert "same" in done.stdout
    assert done.returncode == 0


def test_a_base_without_the_overlay(run, tmp_path: Path, dtb) -> None:
    (tmp_path / "built.dtb").write_bytes(dtb(TREE))
    (tmp_path / "fdt").write_bytes(dtb(TREE.replace("iommus = <&apps_smmu 0x3000 0x0>;", "")))
    done = run("live", "fdt", "built.dtb")
    assert done.stdout == (
        "fdt against built.dtb: base without the overlay\n"
        "    1 of 1 properties of the overlay are not there as they were built\n"
        "    - &adsp: iommus = <&apps_smmu 0x3000 0x0>\n"
        "    help: boot the merged blob: the bootloader took the base, or left the overlay out\n"
    )
    assert done.returncode == 1
    document = json.loads(run("live", "fdt", "built.dtb", "--format", "json").stdout)
    assert document["verdict"] == "base without the overlay"
