"""A project directory of the test's own; its descriptions are literal YAML behind the same header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.description import board as boards
from dtgen.description import render as source
from dtgen.description.board import Board
from dtgen.description.render import OverlaySource
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Tree
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.project.layout import Finder

HEADER = """\
name: b
title: B
compatible: ["qcom,b"]
firmware: {pas_at_el2: true}
overlay: {name: b-el2, suffix: el2, license: MIT, summary: S}
"""
"""What a description cannot do without: what a test adds begins in line 6."""


@pytest.fixture
def header() -> str:
    return HEADER


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    """The finder of a project directory that is the current one; dtgen's own data comes second."""
    for name in ("boards", "templates"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return Finder.from_directory(tmp_path)


@pytest.fixture
def load(own: Finder) -> Callable[..., Board]:
    """Load a description; the text is what follows the header."""

    def load_text(text: str, header: str = HEADER, name: str = "b") -> Board:
        Path(f"boards/{name}.yaml").write_text(header + text, encoding="utf-8")
        return boards.load(name, own)

    return load_text


@pytest.fixture
def render(load: Callable[..., Board], own: Finder) -> Callable[..., OverlaySource]:
    """Render a description."""
    return lambda *arguments: source.render(load(*arguments), own)


@pytest.fixture
def built(render: Callable[..., OverlaySource]) -> Callable[..., Tree]:
    """Render a description, compile it with the real dtc, read the blob."""

    def build_text(*arguments: str) -> Tree:
        rendered = render(*arguments)
        compiled = compiler.compile_overlay(rendered.text, rendered.name, compiler.find_dtc())
        assert compiled.blob is not None, compiled.messages
        return blob.read(compiled.blob, "b-el2.dtbo")

    return build_text


@pytest.fixture
def complaints() -> Callable[..., list[str]]:
    """Every diagnostic that a call raises as `file:line:column: message (help)`."""

    def collect(call: Callable[..., object], *arguments: object) -> list[str]:
        try:
            call(*arguments)
        except Rejected as refusal:
            return [
                f"{diagnostic.location}: {diagnostic.message}"
                + (f" ({diagnostic.help})" if diagnostic.help else "")
                for diagnostic in refusal.diagnostics
            ]
        except ToolError as error:
            return [f"{error} ({error.remedy})" if error.remedy else str(error)]
        return []

    return collect
