"""Where the kernel's devicetrees are: two archives below DTGEN_CORPUS, each unpacked once."""

from __future__ import annotations

import fcntl
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

import libfdt
import pytest

from dtgen.project.layout import KernelTree

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("DTGEN_CORPUS", ROOT.parent / "shared/upstream"))

BOARDS = ("lemans", "monaco", "talos", "x1", "sc8280xp", "sc7180")

# what vendors apply the overlays to besides the bases that the descriptions name
ALSO = {
    "lemans": ("sa8775p-ride", "sa8775p-ride-r3"),
    "monaco": ("monaco-arduino-monza",),
    "talos": ("talos-evk",),
    "x1": ("hamoa-lenovo-ideacentre-mini-01q8x10",),
}


V7_1, V7_2 = "devicetree-v7.1-*.tar.xz", "linux-7.2-devicetree.tar.xz"
"""Every Qualcomm board, in the layout of devicetree-rebasing; five SoC families, in the kernel's own."""


def sample(items: Sequence[T], every: int) -> list[T]:
    """One of so many, in their order; all where DTGEN_WHOLE asks for them, as `make whole` does."""
    return list(items[:: 1 if os.environ.get("DTGEN_WHOLE") else every])


def examples(whole: int) -> int:
    """How many random ones: a third in `make test`, and so many where DTGEN_WHOLE asks for all."""
    return whole if os.environ.get("DTGEN_WHOLE") else whole // 3


def absent(what: str) -> NoReturn:
    """What a test needs is not there: it is skipped, or fails where DTGEN_REQUIRE_CORPUS asks for everything."""
    reason = f"there is no {what}"
    if os.environ.get("DTGEN_REQUIRE_CORPUS"):
        pytest.fail(reason)
    pytest.skip(reason)


def unpacked(directory: Path, archive: str = V7_1) -> KernelTree | None:
    """An archive's devicetrees below `directory`; None where it is not there."""
    archives = sorted(CORPUS.glob(archive)) if CORPUS.is_dir() else []
    if not archives:
        return None
    target = directory / archives[-1].name.removesuffix(".tar.xz")
    with (directory / "corpus.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "complete").exists():
            with tarfile.open(archives[-1]) as opened:
                opened.extractall(target, filter="data")
            (target / "complete").touch()
    return KernelTree.at(next(target.glob("linux-*"), target))


def merged_by_libfdt(base: bytes, overlay: bytes) -> bytes:
    """libfdt, as its documentation says, without anything of dtgen's."""
    fdt = libfdt.Fdt(base)
    fdt.resize(len(base) + 2 * len(overlay) + 4096)
    merged = fdt.as_bytearray()
    assert libfdt.fdt_overlay_apply(merged, bytearray(overlay)) == 0
    assert libfdt.fdt_pack(merged) == 0
    return bytes(merged[: libfdt.fdt_totalsize(merged)])
