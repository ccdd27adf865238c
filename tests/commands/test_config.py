"""Which settings are in force for a file, and who says so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from desk import carrier, dtgen

from dtgen.commands.config import in_force

SETTINGS = """\
kernel = "../linux"
[severity]
no-op = "off"

[[overlay]]
files = "a.dtso"
bases = []
[[overlay]]
files = "b.dtso"
bases = ["base.dtb"]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = carrier(tmp_path)
    monkeypatch.chdir(directory)
    monkeypatch.setenv("DTGEN_CACHE", "/c")
    monkeypatch.setenv("DTC", "/d")
    monkeypatch.setenv("CPP", "/p")
    return directory


def lines(*arguments: str) -> list[str]:
    said = dtgen(*arguments)
    assert (said.code, said.error) == (0, "")
    return [re.sub(" +#", " #", line) for line in said.out.splitlines()]


def test_each_setting_with_its_origin() -> None:
    Path("dtgen.toml").write_text(SETTINGS)
    Path("b.dtso").touch()
    assert lines("config", "b.dtso") == [
        'settings = "dtgen.toml" # nearest',
        'kernel = "../linux" # dtgen.toml:1',
        'severity.no-op = "off" # dtgen.toml:3',
        'overlay.2.files = "b.dtso" # dtgen.toml:9',
        'overlay.2.bases = ["base.dtb"] # dtgen.toml:10',
        'bindings = "the kernel tree\'s" # default',
        'generated = "beside the description" # default',
        'DTGEN_CACHE = "/c" # environment',
        'DTC = "/d" # environment',
        'CPP = "/p" # environment',
    ]


def test_without_a_file_of_settings_and_in_a_kernel_tree() -> None:
    found = json.loads(dtgen("config", "--format", "json").out)["settings"]
    assert found[:3] == [
        {"name": "settings", "value": None, "origin": "nearest"},
        {"name": "kernel", "value": None, "origin": "default"},
        {"name": "bindings", "value": "built-in", "origin": "default"},
    ]
    soc = Path("../linux/arch/arm64/boot/dts/qcom/soc.dtsi")
    found = json.loads(dtgen("config", str(soc), "--format", "json").out)["settings"]
    assert found[1] == {"name": "kernel", "value": str(Path("../linux").resolve()), "origin": "around"}


def test_a_pyproject(project: Path) -> None:
    Path("pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.dtgen]\ninclude = "h"\n[tool.dtgen.severity]\nno-op = "off"\n'
    )
    found = lines("config", "boards/mine.yaml")
    assert found[:3] == [
        'settings = "pyproject.toml" # nearest',
        'include = "h" # pyproject.toml:4',
        'severity.no-op = "off" # pyproject.toml:6',
    ]


def test_an_entry_for_the_overlay_names_the_tree_and_its_bindings(project: Path) -> None:
    (project / "dtgen.toml").write_text('[[overlay]]\nfiles = "a.dtso"\nkernel = "linux"\n')
    (project / "linux/arch/arm64/boot/dts").mkdir(parents=True)
    (project / "linux/Documentation/devicetree/bindings").mkdir(parents=True)
    (project / "a.dtso").touch()
    found = {setting.name: setting.value for setting in in_force(project / "a.dtso")}
    assert "kernel" not in found
    assert (found["overlay.1.kernel"], found["bindings"]) == ("linux", "the kernel tree's")
    assert {s.name: s.value for s in in_force(project / "b.dtso")}["bindings"] == "built-in"
