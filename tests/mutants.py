"""Whether the tests see what changes: mutmut changes each room's code, and the tests of the room must fail.

    python tests/mutants.py                all rooms; takes hours
    python tests/mutants.py hardware       some of them

Prints the changes that neither a test nor mypy sees, and the score. Those that nobody could see are listed in
`mutants.toml` with the reason. The tests on the kernel's devicetrees are left out: literal ones have to suffice.
So are those that run dtgen in a process of its own, where mutmut cannot count, and `overlay/symbols.py`, which
only they test.
What is done is kept below build/mutants/, so that a run that was interrupted goes on, and the next one looks
only at what has changed since. Ends with 1 where a change goes unseen, or is listed and was not made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("hardware", "rules", "checks", "overlay")
COPIED = ("boards", "docs", "dtgen", "schemas", "templates", "tests", "README.md", "CHANGELOG.md", "Makefile")
MUTMUT = Path(sys.executable).with_name("mutmut")
ELSEWHERE = '"--ignore=tests/overlay/test_symbols.py", "--ignore=tests/rules/test_repository_rules.py"'
"""In processes of their own."""
CONFIGURATION = f"""
[tool.mutmut]
source_paths = ["dtgen"]
only_mutate = ["dtgen/ROOM/*"]
do_not_mutate = ["dtgen/overlay/symbols.py"]
also_copy = {list(COPIED)}
pytest_add_cli_args = ["-n0", "--hypothesis-seed=0", {ELSEWHERE}]
pytest_add_cli_args_test_selection = ["tests/ROOM"]
type_check_command = [{sys.executable!r}, "-m", "mypy", "--no-warn-unused-ignores", "--output", "json"]
"""
SEEN = ("killed", "timeout", "suspicious", "segfault", "caught by type check")
"""What becomes of a mutant that is no concern."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change to a function, of which there may be several on one line."""

    function: str
    """With its module, as `dtgen.hardware.iommu._outputs`."""
    was: str
    becomes: str
    """Lines, stripped."""


def prepared(room: str) -> Path:
    """A copy of the project for mutmut, which works in the current directory."""
    place = ROOT / "build/mutants" / room
    place.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source, copy = ROOT / name, place / name
        if source.is_dir():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy)
    settings = (ROOT / "pyproject.toml").read_text() + CONFIGURATION.replace("ROOM", room)
    (place / "pyproject.toml").write_text(settings)
    return place


def results(place: Path) -> Iterator[tuple[str, str]]:
    """Each mutant's name, and what became of it."""
    for line in mutmut(place, "results", "--all", "true").splitlines():
        name, colon, fate = line.strip().rpartition(": ")
        if colon:
            yield name, fate


def shown(place: Path, name: str) -> Mutant:
    """By its name, such as `dtgen.hardware.iommu.x__outputs__mutmut_3` or `….system.xǁSystemǁwrote__mutmut_1`."""
    module, _, mangled = name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x").replace("ǁ", ".").removeprefix(".")
    function = function.removeprefix("_") if "ǁ" not in mangled else function
    lines = [line for line in mutmut(place, "show", name).splitlines() if line[:3] not in ("---", "+++")]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Mutant(f"{module}.{function}", was, becomes)


def mutmut(place: Path, *words: str) -> str:
    done = subprocess.run([MUTMUT, *words], cwd=place, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def main() -> int:
    rooms = sys.argv[1:] or ROOMS
    listed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["equivalent"]
    equivalent = {Mutant(entry["function"], entry["was"], entry["becomes"]) for entry in listed}
    unmade = {mutant for mutant in equivalent if mutant.function.split(".")[1] in rooms}
    unseen = 0
    for room in rooms:
        place = prepared(room)
        environment = {**os.environ, "DTGEN_CORPUS": os.devnull, "DTGEN_TEST_CACHE": str(place / "cache")}
        subprocess.run([MUTMUT, "run", "--max-children", "1"], cwd=place, env=environment, check=True)
        fates = dict(results(place))
        counts = Counter(fates.values())
        left = [shown(place, name) for name, fate in fates.items() if fate not in SEEN]
        lives = [mutant for mutant in left if mutant not in equivalent]
        unmade.difference_update(left)
        for mutant in lives:
            print(f"{mutant.function}\n    - {mutant.was}\n    + {mutant.becomes}")  # noqa: T201
        number = len(fates) - (len(left) - len(lives))
        kinds = ", ".join(f"{count} {fate}" for fate, count in counts.most_common())
        score = 100 * (number - len(lives)) / number
        print(f"{room}: {score:.1f} % of {number} mutants are seen ({kinds})")  # noqa: T201
        unseen += len(lives)
    for mutant in sorted(unmade, key=str):
        print(f"listed, and not made or seen: {mutant}")  # noqa: T201
    return 1 if unseen or unmade else 0


if __name__ == "__main__":
    sys.exit(main())
