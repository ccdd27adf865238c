"""dtgen's engine beside dt-validate's of each release of dtschema and jsonschema that it says it was tested with.

    python tests/ranges.py                   the newest of each with all of the other, and the oldest together
    python tests/ranges.py 2026.6 4.25       those with both in their names

For each it makes an environment below --cache-dir (default: below DTGEN_TEST_CACHE), installs dtgen with
these releases, and runs tests/bindings and tests/test_parity.py there. Ends with 1 if one fails, with 2 if
one cannot be installed. To test another release, add it to dtgen/bindings/versions.py and pyproject.toml.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dtgen.bindings.versions import TESTED  # noqa: E402

TESTS = ("tests/bindings", "tests/test_parity.py")
TOOLS = ("hypothesis>=6.100", "packaging", "pytest>=8.2", "pytest-xdist>=3.6")
"""What these tests need besides dtgen."""
PASSED, FAILED, NOT_INSTALLED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Combination:
    """Two releases, as pip is asked for them."""

    dtschema: str
    jsonschema: str

    def __str__(self) -> str:
        return f"dtschema {self.dtschema}, jsonschema {self.jsonschema}"


def combinations() -> list[Combination]:
    """All of one with the newest of the other, and the corners; the newest together come first."""
    dtschemas, jsonschemas = TESTED["dtschema"][::-1], TESTED["jsonschema"][::-1]
    corners = [
        Combination(d, j) for d in (dtschemas[0], dtschemas[-1]) for j in (jsonschemas[0], jsonschemas[-1])
    ]
    sides = [Combination(d, jsonschemas[0]) for d in dtschemas] + [
        Combination(dtschemas[0], j) for j in jsonschemas
    ]
    return list(dict.fromkeys((*sides, *corners)))


def installed(combination: Combination, cache: Path) -> tuple[Path | None, str]:
    """The Python of an environment with these, or None and what pip says."""
    name = re.sub(r"[^\w.]+", "-", str(combination)).strip("-")
    python = cache / name / "bin" / "python"
    if not python.exists():
        venv.create(cache / name, with_pip=True)
    packages = [f"dtschema=={combination.dtschema}", f"jsonschema=={combination.jsonschema}"]
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*install, "--editable", ROOT, *TOOLS, *packages], capture_output=True, text=True, check=False
    )
    return (None, done.stderr) if done.returncode else (python, "")


def tested(python: Path) -> tuple[bool, str]:
    """Whether all tests pass, and what pytest says."""
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *TESTS],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def run(chosen: list[Combination], cache: Path) -> Iterator[tuple[int, str, str]]:
    """For each what became of it, in a word, and the end of what the tests say."""
    for combination in chosen:
        python, told = installed(combination, cache)
        if python is None:
            yield NOT_INSTALLED, "not installed", told
            continue
        passed, told = tested(python)
        *_, summary = told.rstrip().splitlines() or [""]
        yield (PASSED if passed else FAILED), summary.strip("= "), "" if passed else told


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="RELEASE")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    options = parser.parse_args()
    kept = os.environ.get("DTGEN_TEST_CACHE", str(Path(tempfile.gettempdir()) / "dtgen-ranges"))
    cache = options.cache_dir or Path(kept) / "ranges"
    chosen = [each for each in combinations() if all(name in str(each) for name in options.names)]
    if not chosen:
        sys.exit("there is no such release")
    worst = PASSED
    for combination, (outcome, word, told) in zip(chosen, run(chosen, cache), strict=True):
        if told:
            sys.stderr.write(f"{told}\n")
        verdict = {PASSED: "passed", FAILED: "FAILED"}.get(outcome, "")
        sys.stdout.write(f"{combination!s:<40} {verdict:<7} {word}\n")
        sys.stdout.flush()
        worst = max(worst, outcome)
    return worst


if __name__ == "__main__":
    sys.exit(main())
