"""dtgen's engine answers only with what it was tested with; dtschema alone always does."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from corpus import ROOT
from packaging.requirements import Requirement

from dtgen.bindings import dtschema, select
from dtgen.bindings import versions as releases
from dtgen.bindings.fast.engine import FastEngine
from dtgen.bindings.plain import Engine
from dtgen.bindings.select import Way
from dtgen.errors import ToolError


def install(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Pretend that."""
    monkeypatch.setattr(releases, "version", lambda package: versions.get(package, dtschema.version(package)))


def unconcerned(what: str, done: int, of: int) -> None:
    pass


@pytest.mark.parametrize("package", releases.TESTED)
def test_the_package_asks_for_what_was_tested(package: str) -> None:
    asked = map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    (wanted,) = (requirement.specifier for requirement in asked if requirement.name == package)
    tested = releases.TESTED[package]
    assert [release for release in tested if not wanted.contains(release.replace("*", "0"))] == []
    first, last = tested[0].removesuffix(".*"), tested[-1].removesuffix(".*")
    assert f">={first}" in str(wanted)
    major, minor = map(int, last.split("."))
    assert not wanted.contains(f"{major}.{minor + 1}")


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        ({"dtschema": "2026.6", "jsonschema": "4.23.0"}, {}),
        ({"dtschema": "2026.9", "jsonschema": "4.26.7"}, {}),
        ({"dtschema": "2026.9.1"}, {"dtschema": "2026.9.1"}),
        ({"dtschema": "2026.10", "jsonschema": "4.2.0"}, {"dtschema": "2026.10", "jsonschema": "4.2.0"}),
        ({"jsonschema": "4.230.1"}, {"jsonschema": "4.230.1"}),
    ],
)
def test_what_is_near_is_not_tested(
    installed: dict[str, str], found: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, **installed)
    assert releases.untested() == found


def test_the_refusal_says_what_is_installed_what_was_tested_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, dtschema="2025.8", jsonschema="4.17.3")
    with pytest.raises(ToolError) as raised:
        releases.refuse_untested()
    assert str(raised.value) == (
        "dtgen's engine was not tested with dtschema 2025.8 (but with 2026.4, 2026.6, 2026.9) "
        "and jsonschema 4.17.3 (but with 4.23.*, 4.24.*, 4.25.*, 4.26.*)"
    )
    assert raised.value.remedy == (
        "pip install 'dtschema==2026.9' 'jsonschema==4.26.*', or ask dtschema alone with --engine dtschema"
    )


def test_a_set_is_not_even_prepared_with_what_was_not_tested(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, jsonschema="5.0.0")
    for given in (directory, tmp_path / "processed.json", None):
        with pytest.raises(ToolError, match=r"was not tested with jsonschema 5\.0\.0"):
            select.choose(given, tmp_path / "cache", unconcerned)
    with pytest.raises(ToolError, match=r"was not tested with jsonschema 5\.0\.0"):
        select.choose_around(tmp_path / "more/widget.yaml", directory, tmp_path / "cache", unconcerned)
    assert not (tmp_path / "cache").exists()


def test_dtschema_alone_is_asked_whatever_is_installed(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(releases, "version")  # nothing that it needs
    cache = tmp_path / "cache"
    node = {"compatible": ["test,widget"]}
    shutil.copytree(directory, tmp_path / "more")
    (tmp_path / "processed.json").write_bytes(dtschema.prepared([str(directory / "widget.yaml")])[0])
    for found in (
        select.choose(directory, cache, unconcerned, Way(plain=True)),
        select.choose(tmp_path / "processed.json", cache, unconcerned, Way(plain=True)),
        select.choose_around(tmp_path / "more/widget.yaml", directory, cache, unconcerned, Way(plain=True)),
    ):
        assert isinstance(found.engine, Engine) and not isinstance(found.engine, FastEngine)
        assert [error.validator for error in found.engine.errors(dict(node), "widget", False)] == ["required"]


def test_both_ways_are_one_set(directory: Path, tmp_path: Path) -> None:
    by_dtgen = select.choose(directory, tmp_path / "cache", unconcerned)
    by_dtschema = select.choose(directory, tmp_path / "cache", unconcerned, Way(plain=True))
    assert by_dtgen.schemas == by_dtschema.schemas
    assert by_dtgen.engine.property_names == by_dtschema.engine.property_names
    assert by_dtgen.engine.identity != by_dtschema.engine.identity
