"""The bases that a description names, and those that a kernel's Makefiles apply its overlay to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.description import board as boards
from dtgen.overlay.drift import drift
from dtgen.project.layout import Finder, KernelTree

QCOM = "arch/arm64/boot/dts/qcom"
MAKEFILE = f"linux/{QCOM}/Makefile"

Drift = Callable[..., list[str]]


@pytest.fixture
def drifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drift:
    """Of a description that extends lemans with these bases, in a kernel tree with this Makefile."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()
    sources = tmp_path / "linux" / QCOM
    sources.mkdir(parents=True)
    for name in ("a.dts", "b.dts", "c.dts", "camera.dtso", "lemans-el2.dtso"):
        (sources / name).touch()

    def run(makefile: str, *bases: str) -> list[str]:
        (sources / "Makefile").write_text(makefile)
        named = "".join(f"\n  - {base}" for base in bases)
        (tmp_path / "boards/mine.yaml").write_text(f"name: mine\nextends: lemans\nbases:{named}\n")
        board = boards.load("mine", Finder.from_directory(tmp_path))
        return list(drift(board, KernelTree.at(Path("linux"))))

    return run


A = "a-el2-dtbs := a.dtb lemans-el2.dtbo\n"
B = "b-el2-dtbs := b.dtb lemans-el2.dtbo\n"
STACK = "{name: s, dts: qcom/c.dts, overlays: [qcom/camera.dtso]}"


@pytest.mark.parametrize(
    ("makefile", "bases"),
    [
        (A, ["qcom/a.dts"]),
        (A, ["qcom/a.dts", "qcom/gone.dts"]),
        (A + "c-dtbs := c.dtb camera.dtbo\n", ["qcom/a.dts"]),
        ("s-el2-dtbs := c.dtb camera.dtbo lemans-el2.dtbo\n", [STACK]),
        ("x-dtbs := b.dtb camera.dtbo\n", ["qcom/a.dts"]),
        ("", ["qcom/a.dts"]),
    ],
)
def test_what_agrees_or_is_not_known_there_is_not_noted(
    drifted: Drift, makefile: str, bases: list[str]
) -> None:
    assert drifted(makefile, *bases) == []


def test_what_the_description_does_not_name(drifted: Drift) -> None:
    more = B + "c-el2-dtbs := c.dtb camera.dtbo lemans-el2.dtbo\n"
    assert drifted(A + more, "qcom/a.dts", "qcom/c.dts") == [
        f"{MAKEFILE} applies lemans-el2.dtso to b (line 2), c (line 3), which mine does not name",
        f"mine names c, to which {MAKEFILE} does not apply lemans-el2.dtso",
    ]


def test_what_the_makefile_does_not_pair(drifted: Drift) -> None:
    assert drifted(A, "qcom/a.dts", "qcom/b.dts", STACK) == [
        f"mine names b, s, to which {MAKEFILE} does not apply lemans-el2.dtso"
    ]


def test_the_built_in_descriptions_name_what_v7_2_pairs(linux_7_2: KernelTree, finder: Finder) -> None:
    found = {name: list(drift(boards.load(name, finder), linux_7_2)) for name in finder.boards()}
    assert {name: notes for name, notes in found.items() if notes} == {}
    x1 = boards.load("x1", finder)
    assert "x1p64100-microsoft-denali" in [base.name for base in x1.bases]
