"""Versions are those of importlib.metadata, however a package was installed."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from dtgen.project import packages


@pytest.fixture(autouse=True)
def forgetful() -> None:
    packages.version.cache_clear()


@pytest.mark.parametrize("package", ["dtschema", "jsonschema", "pylibfdt", "click", "jinja2"])
def test_installed_from_a_wheel(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = metadata.version(package)
    monkeypatch.setattr(metadata, "version", None)  # it is not asked
    assert packages.version(package) == expected


METADATA = "Metadata-Version: 2.4\nName: odd\nVersion: {}\n\nVersion: of the text\n"


@pytest.mark.parametrize(
    "installed",
    [
        {"odd-1.dist-info/METADATA": METADATA.format("1.0")},
        {"odd-1.dist-info/METADATA": METADATA.format("1"), "odd-2.dist-info/METADATA": METADATA.format("2")},
        {"odd.egg-info/PKG-INFO": METADATA.format("3")},
        {"Odd-4.egg-info": METADATA.format("4")},
        {
            "odd_other-5.dist-info/METADATA": METADATA.format("5"),
            "odd-6.dist-info/METADATA": METADATA.format("6"),
        },
    ],
)
def test_as_importlib_has_it(
    installed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in installed.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "missing"), str(tmp_path), *sys.path])
    assert packages.version("odd") == metadata.version("odd")


def test_not_installed() -> None:
    with pytest.raises(metadata.PackageNotFoundError):
        packages.version("surely-not-there")
