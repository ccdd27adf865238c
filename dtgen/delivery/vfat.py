"""The partition that Qualcomm's UEFI reads its FIT from: a vfat, `dtb.bin`, made by mkfs.vfat and mcopy."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dtgen.errors import ToolError
from dtgen.project import files

SIZE = 4 << 20
"""Bytes of the partition. Source: meta-qcom."""
SECTOR = 4096
"""Bytes; 512 on qcm2290. Source: `mkfs.vfat -S` in meta-qcom."""
_TOOLS = ("mkfs.vfat", "mcopy")
_TIMEOUT = 60
_SBIN = "/usr/sbin:/sbin"
"""Where mkfs.vfat is, and users' PATH often is not."""


def missing() -> tuple[str, ...]:
    """The tools that are not installed."""
    return tuple(tool for tool in _TOOLS if _found(tool) is None)


def _found(tool: str) -> str | None:
    return shutil.which(tool) or shutil.which(tool, path=_SBIN)


def image(name: str, data: bytes) -> bytes:
    """A partition with one file; equal inputs give equal bytes.

    Raises: ToolError where a tool is missing or fails, as where the file does not fit.
    """
    with tempfile.TemporaryDirectory(prefix="dtgen-") as directory:
        partition, file = Path(directory) / "dtb.bin", Path(directory) / name
        files.write_together({partition: bytes(SIZE), file: data}, durably=False)
        # --invariant: no volume ID of the clock
        _run(["mkfs.vfat", "-S", str(SECTOR), "--invariant", str(partition)])
        _run(["mcopy", "-i", str(partition), str(file), f"::/{name}"])
        return files.read(partition, SIZE)


def _run(command: Sequence[str]) -> None:
    tool = _found(command[0])
    if tool is None:
        raise ToolError(f"{command[0]} is not installed", "install dosfstools and mtools")
    environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "TZ": "UTC", "MTOOLS_SKIP_CHECK": "1"}
    try:
        done = subprocess.run(
            [tool, *command[1:]], capture_output=True, check=False, timeout=_TIMEOUT, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{command[0]} cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise ToolError(f"{command[0]} fails: {said}")
