"""The six overlays against Linux v7.1's own: what is generated is what upstream ships."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ALSO, BOARDS, merged_by_libfdt
from serious import serious

from dtgen.commands.build import Builder, BuildRequest
from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Severity, errors
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree


def _builder(finder: Finder, kernel: KernelTree | None = None) -> Builder:
    return Builder(finder, kernel, None, None, lambda what, done, of: None, layout.cache_directory())


def _tree(node: Node) -> object:
    """Names, values and order."""
    values = [(prop.name, prop.value) for prop in node.properties.values()]
    return node.name, values, [_tree(child) for child in node.children.values()]


@pytest.mark.parametrize("name", BOARDS)
def test_overlay_and_every_merged_blob_equal_upstreams(
    name: str, finder: Finder, compiled: Callable[[str], bytes], tmp_path: Path
) -> None:
    upstream = compiled(f"{name}-el2.dtso")
    names = [base.name for base in boards.load(name, finder).bases] + list(ALSO.get(name, ()))
    files = []
    for base in names:
        file = tmp_path / f"{base}.dtb"
        file.write_bytes(compiled(f"{base}.dts"))
        files.append(file)
    output = tmp_path / "out"

    result = _builder(finder).build(BuildRequest(name, tuple(files), output))

    assert serious(result.all_diagnostics) == []
    ours = (output / f"{name}-el2.dtbo").read_bytes()
    assert _tree(blob.read(ours, "ours").root) == _tree(blob.read(upstream, "upstream").root)
    assert [base.name for base in result.bases] == names
    for file in files:
        merged = (output / f"{file.stem}-el2.dtb").read_bytes()
        assert merged == merged_by_libfdt(file.read_bytes(), upstream), file.stem


def test_every_board_of_the_socs_is_built_above(corpus: KernelTree, finder: Finder) -> None:
    """44 boards of v7.1 have the compatible and all labels of one of the six overlays."""
    assert sum(len(boards.load(name, finder).bases) + len(ALSO.get(name, ())) for name in BOARDS) == 44


def test_lemans_introduces_nothing_under_all_bindings_of_the_kernel(
    corpus: KernelTree, finder: Finder, tmp_path: Path
) -> None:
    result = _builder(finder, corpus).build(BuildRequest("lemans", (), tmp_path))

    assert len(list(corpus.bindings.rglob("*.yaml"))) == 5504
    assert [base.name for base in result.bases] == ["lemans-evk", "qcs9100-ride", "qcs9100-ride-r3"]
    assert all(base.applied for base in result.bases)
    assert serious(result.all_diagnostics) == []
    assert result.notes == ()

    # the five errors that maintainers sort out by hand, where the board's sources have them
    evk, *rides = (base.assessment for base in result.bases)
    assert errors(evk.pre_existing) == 0
    for assessment in rides:
        wrong = [d for d in assessment.pre_existing if d.severity is Severity.ERROR and not d.follows]
        assert [(Path(d.location.file).name, d.location.line is not None, d.message) for d in wrong] == [
            ("lemans-ride-common.dtsi", True, f"the required property {name} is missing")
            for name in (
                "vddpmucx-supply",
                "vddpmumx-supply",
                "vddrfa1p8-supply",
                "vddwlcx-supply",
                "vddwlmx-supply",
            )
        ]
