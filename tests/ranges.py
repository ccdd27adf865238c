"""dtgen with the releases of what it stands on: dtschema and jsonschema, dtc, Python.

    python tests/ranges.py                   all of them, as said below
    python tests/ranges.py 2026.6 4.25       those with both in their names
    python tests/ranges.py dtc               each dtc
    python tests/ranges.py Python 3.13

- dtschema and jsonschema: the newest of each with all of the other, and the oldest together; the engine beside
  dt-validate's. To test another release, add it to dtgen/bindings/versions.py and pyproject.toml.
- dtc: what $DTC names and what PATH has; those built from the source trees that $DTC_SOURCES names, with colons between
  them (that takes make, a C compiler, flex and bison); the newer ones among the packages that apt-get can fetch.
- Python: 3.11 and newer, where PATH or pyenv has it.

For each it makes an environment below --cache-dir (default: below DTGEN_TEST_CACHE), installs dtgen, and runs the tests
that matter there. Ends with 1 if one fails, with 2 if one cannot be installed. What is not at hand is neither: it is
not tested, and its line says so.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import at_hand
from at_hand import ROOT, Absent, last_line, run

sys.path.insert(0, str(ROOT))

from dtgen.bindings.versions import TESTED

OF_BINDINGS = ("tests/bindings", "tests/test_parity.py")
SLOW = ("tests/rules/test_on_upstream.py", "tests/commands/test_check_table.py")
"""Half of the time, on what `make test` has, too."""
OF_SOURCES = (
    *(f"tests/{room}" for room in ("devicetree", "description", "dts", "overlay", "rules")),
    *sorted(
        name
        for command in ("build", "check")
        for file in ROOT.glob(f"tests/commands/test_{command}*.py")
        if (name := str(file.relative_to(ROOT))) not in SLOW
    ),
    f"--ignore={SLOW[0]}",
)
TOOLS = ("hypothesis>=6.100", "packaging", "pytest>=8.2", "pytest-xdist>=3.6")
"""What these tests need besides dtgen."""
PASSED, NOT_AT_HAND, FAILED, NOT_INSTALLED = "passed", "not at hand", "FAILED", "not installed"
EXIT = {PASSED: 0, NOT_AT_HAND: 0, FAILED: 1, NOT_INSTALLED: 2}


@dataclass(frozen=True, slots=True)
class Combination:
    """What is tested together; `packages` as pip is asked for them, `dtc` and `python` as programs."""

    name: str
    tests: tuple[str, ...]
    packages: tuple[str, ...] = ()
    python: Path = Path(sys.executable)
    dtc: Path | None = None
    """Instead of the one that PATH has."""
    absent: str = ""
    """Why it cannot be tested here."""

    @property
    def environment(self) -> str:
        """The name of the directory; those that differ in dtc share one."""
        name = "-".join((at_hand.python_version(self.python), *self.packages))
        return re.sub(r"[^\w.]+", "-", name).strip("-")


def of_packages() -> Iterator[Combination]:
    """All of one with the newest of the other, and the corners; the newest together come first."""
    dtschemas, jsonschemas = TESTED["dtschema"][::-1], TESTED["jsonschema"][::-1]
    sides = [(d, jsonschemas[0]) for d in dtschemas] + [(dtschemas[0], j) for j in jsonschemas]
    corners = [(d, j) for d in (dtschemas[0], dtschemas[-1]) for j in (jsonschemas[0], jsonschemas[-1])]
    for d, j in dict.fromkeys((*sides, *corners)):
        name = f"dtschema {d}, jsonschema {j}"
        yield Combination(name, OF_BINDINGS, (f"dtschema=={d}", f"jsonschema=={j}"))


def of_dtc(cache: Path) -> Iterator[Combination]:
    for name, dtc in at_hand.dtcs(cache).items():
        yield (
            Combination(name, OF_SOURCES, absent=dtc.why)
            if isinstance(dtc, Absent)
            else Combination(name, OF_SOURCES, dtc=dtc)
        )


def of_python() -> Iterator[Combination]:
    for name, python in at_hand.pythons().items():
        yield (
            Combination(name, OF_SOURCES, absent=python.why)
            if isinstance(python, Absent)
            else Combination(name, OF_SOURCES, python=python)
        )


def installed(combination: Combination, cache: Path) -> tuple[Path | None, str]:
    """The Python of an environment with these, or None and what pip says."""
    directory = cache / combination.environment
    python = directory / "bin" / "python"
    if not python.exists():
        made = run([combination.python, "-m", "venv", directory])
        if made.returncode:
            return None, made.stdout + made.stderr
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = run([*install, "--editable", ROOT, *TOOLS, *combination.packages])
    return (None, done.stderr) if done.returncode else (python, "")


def tested(combination: Combination, python: Path) -> tuple[bool, str]:
    """Whether all tests pass, and what pytest says."""
    before = [str(python.parent), *([str(combination.dtc.parent)] if combination.dtc else [])]
    path = os.pathsep.join((*before, os.environ["PATH"]))
    done = run([python, "-m", "pytest", "-q", *combination.tests], cwd=ROOT, env={**os.environ, "PATH": path})
    return done.returncode == 0, done.stdout + done.stderr


def outcome(combination: Combination, cache: Path) -> tuple[str, str, str]:
    """What became of it, why or how in a line, and all that the tests or pip say of what is wrong."""
    if combination.absent:
        return NOT_AT_HAND, combination.absent, ""
    python, said = installed(combination, cache)
    if python is None:
        return NOT_INSTALLED, last_line(said), said
    passed, said = tested(combination, python)
    return (PASSED if passed else FAILED), last_line(said).strip("= "), "" if passed else said


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="RELEASE")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    options = parser.parse_args()
    kept = os.environ.get("DTGEN_TEST_CACHE", str(Path(tempfile.gettempdir()) / "dtgen-ranges"))
    cache = (options.cache_dir or Path(kept) / "ranges").absolute()
    every = (*of_packages(), *of_dtc(cache), *of_python())
    chosen = [each for each in every if all(name in each.name for name in options.names)]
    if not chosen:
        sys.exit("there is no such release")
    worst = 0
    for combination in chosen:
        verdict, line, said = outcome(combination, cache)
        if said:
            sys.stderr.write(f"{said}\n")
        sys.stdout.write(f"{combination.name:<40} {verdict:<13} {line}\n")
        sys.stdout.flush()
        worst = max(worst, EXIT[verdict])
    return worst


if __name__ == "__main__":
    sys.exit(main())
