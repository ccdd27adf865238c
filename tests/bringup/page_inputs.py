"""The files that docs/bring-up.md talks about: logs, descriptions, and trees of boards of the kernel."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from dtgen.description import board as boards
from dtgen.description import render
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.dts import compiler
from dtgen.overlay.merge import merge
from dtgen.project.layout import Finder

NIGHT = Path(__file__).resolve().parent.parent / "data/night"


def prepare(directory: Path, compiled: Callable[[str], bytes]) -> None:
    """Write them. `compiled`: a source of the kernel's Qualcomm directory as a blob."""
    for file in NIGHT.iterdir():
        target = directory / ("boards" if file.suffix == ".yaml" else "") / file.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(file, target)
    for base in ("lemans-evk", "hamoa-iot-evk", "monaco-evk"):
        (directory / f"{base}.dtb").write_bytes(compiled(f"{base}.dts"))
    finder = Finder.from_directory(directory)
    for base, board in (("lemans-evk", "mine"), ("hamoa-iot-evk", "kit"), ("monaco-evk", "monaco")):
        text = render.render(boards.load(board, finder), finder)
        data = compiler.compile_overlay(text.text, text.name, compiler.find_dtc()).required()
        tree = blob.read(compiled(f"{base}.dts"), base)
        merged = merge(tree, compiled(f"{base}.dts"), Overlay.of(blob.read(data, text.name)), data)
        (directory / f"{base}-el2.dtb").write_bytes(merged.blob)
