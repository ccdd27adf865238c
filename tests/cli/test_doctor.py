"""`dtgen doctor`: what is installed and what is missing."""

from __future__ import annotations

import importlib.metadata

import pytest

from dtgen.commands import doctor


def test_doctor_finds_all_and_says_what_is_missing(run) -> None:
    healthy = run("doctor")
    assert healthy.returncode == 0
    assert {"dtc", "cpp", "pylibfdt", "dtschema"} <= {line.split()[1] for line in healthy.stdout.splitlines()}
    sick = run("doctor", DTC="/no/dtc")
    assert sick.returncode == 2
    assert "missing  dtc " in sick.stdout
    assert "apt-get install device-tree-compiler" in sick.stdout


def test_what_is_in_the_range_and_was_not_tested_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "2026.7" if name == "dtschema" else version(name)
    )
    (told,) = (check for check in doctor.examine() if check.name == "dtschema")
    assert told.found == "2026.7, which dtgen was not tested with"
    assert told.remedy == "pip install 'dtschema==2026.9', or ask dtschema alone with --engine dtschema"
    assert told.needed
