"""`dtgen doctor`: what is installed and what is missing."""

from __future__ import annotations


def test_doctor_finds_all_and_says_what_is_missing(run) -> None:
    healthy = run("doctor")
    assert healthy.returncode == 0
    assert {"dtc", "cpp", "pylibfdt", "dtschema"} <= {line.split()[1] for line in healthy.stdout.splitlines()}
    sick = run("doctor", DTC="/no/dtc")
    assert sick.returncode == 2
    assert "missing  dtc " in sick.stdout
    assert "apt-get install device-tree-compiler" in sick.stdout
