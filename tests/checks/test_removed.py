"""What is found where a description has taken an entry away: see tests/mistakes/description/null-of-*.txt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dtgen.checks.removed import blamed
from dtgen.description.board import load
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.project.layout import Finder
from dtgen.results import Assessment

IRIS = Subject("/soc/iris")
BASE = Diagnostic("r", Severity.WARNING, "m", Location("b.dts", 3), Place(IRIS, Location("b.dts")))
SYMBOLS = {"iris": "/soc/iris", "gpu_zap_shader": "/soc/gpu/zap-shader"}


def _blamed(tmp_path: Path, removed: str, *found: Diagnostic) -> list[tuple[str, bool]]:
    (tmp_path / "boards").mkdir(exist_ok=True)
    (tmp_path / "boards/mine.yaml").write_text(f"name: mine\ntitle: x\nextends: lemans\ndisable: {removed}\n")
    board = load("mine", Finder.from_directory(tmp_path))
    done = blamed(Assessment(introduced=found), board, SYMBOLS)
    return [(Path(d.location.file).name + f":{d.location.line}", d.follows) for d in done.introduced]


def test_the_worst_stands_for_the_others(tmp_path: Path) -> None:
    zap = Place(Subject("/soc/gpu/zap-shader"), Location("b.dts"))
    worse = replace(BASE, severity=Severity.ERROR, at=zap)
    assert _blamed(tmp_path, "null", BASE, worse) == [("mine.yaml:4", True), ("mine.yaml:4", False)]


def test_each_entry_has_its_own(tmp_path: Path) -> None:
    assert _blamed(tmp_path, "{gpu_zap_shader: null}", BASE) == [("b.dts:3", False)]
    assert _blamed(tmp_path, "{iris: null}", BASE) == [("mine.yaml:4", False)]


def test_what_an_overlay_writes_is_not_the_removals(tmp_path: Path) -> None:
    written = replace(BASE, at=Place(IRIS, Location("x.dtso", 8)))
    assert _blamed(tmp_path, "null", written) == [("b.dts:3", False)]
