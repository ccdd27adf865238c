"""Which releases `make ranges` takes for at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import at_hand
import pytest
from at_hand import Absent


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH without anything."""
    for variable in ("DTC", "DTC_SOURCES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_each_dtc_stands_alone(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = program(alone / "bin/dtc", "echo Version: DTC 1.6.1")
    new = program(alone / "new", '[ "$1" = -x ] && echo Version: DTC 1.9.0-g1234')
    monkeypatch.setenv("DTC", f"{new} -x")
    found = at_hand.dtcs(alone / "cache")
    assert list(found) == ["dtc 1.9.0-g1234", "dtc 1.6.1"]
    assert all(isinstance(dtc, Path) and dtc.name == "dtc" for dtc in found.values())
    assert found["dtc 1.6.1"].readlink() == old
    assert at_hand.run([found["dtc 1.9.0-g1234"], "--version"]).stdout == "Version: DTC 1.9.0-g1234\n"


def test_a_dtc_that_is_not_at_hand(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(alone / "bin/dtc", "echo no such library >&2; exit 127")
    monkeypatch.setenv("DTC", str(alone / "gone"))
    monkeypatch.setenv("DTC_SOURCES", str(alone))
    assert at_hand.dtcs(alone / "cache") == {
        "dtc of $DTC": Absent(f"{alone}/gone: No such file or directory"),
        "dtc of PATH": Absent("no such library"),
        f"dtc of {alone}": Absent("there is no dtc.c"),
        "a newer dtc": Absent("name a source tree in DTC_SOURCES"),
    }


def test_a_newer_package_is_fetched_and_not_installed(alone: Path) -> None:
    program(alone / "bin/dtc", "echo Version: DTC 1.6.1")
    listed = "".join(f"\\n x | {release} | where" for release in ("1:1.7.2-2+b1", "1.6.1-4", "1:1.7.2-2+b1"))
    program(alone / "bin/apt-cache", f'[ "$*" = "madison device-tree-compiler" ] && printf "{listed}"')
    program(alone / "bin/apt-get", '[ "$*" = "download device-tree-compiler=1:1.7.2-2+b1" ] && : > x.deb')
    unpacked = "echo Version: DTC 1.7.2"
    make = f'/bin/mkdir -p "$3/usr/bin"; printf "#!/bin/sh\\n{unpacked}\\n" > "$3/usr/bin/dtc"'
    program(alone / "bin/dpkg-deb", f'{make}; /bin/chmod +x "$3/usr/bin/dtc"')
    found = at_hand.dtcs(alone / "cache")
    assert list(found) == ["dtc 1.6.1", "dtc 1.7.2"]
    assert at_hand.run([found["dtc 1.7.2"]]).stdout == "Version: DTC 1.7.2\n"


def test_pythons(alone: Path) -> None:
    here = sys.version_info.minor
    program(alone / "pyenv/versions/3.98.1/bin/python3.98", "echo 3.98.1")
    program(alone / "bin/python3.97", "echo pyenv: python3.97: command not found >&2; exit 127")
    program(alone / "bin/python3.9", "echo 3.9.18")
    found = at_hand.pythons()
    assert list(found) == [f"Python 3.{minor}" for minor in range(11, 99)]
    assert {name for name, python in found.items() if isinstance(python, Path)} == {
        f"Python 3.{here}",
        "Python 3.98",
    }
    assert found["Python 3.97"] == Absent("neither PATH nor pyenv has it")
