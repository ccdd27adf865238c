"""The releases of dtc and of Python that are at hand, for `make ranges`."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]
OLDEST_PYTHON, NEWEST_PYTHON = 11, 15
"""Minor releases: what pyproject.toml asks for, and the newest when this was written."""
_PACKAGE = "device-tree-compiler"
_VERSION = re.compile(r"^Version: DTC (\d+\.\d+\.\d+\S*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Absent:
    """A release that is not at hand, and why."""

    why: str


def run(
    command: Sequence[str | Path], cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What cannot be started ends with 127, as in a shell."""
    try:
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", f"{command[0]}: {error.strerror}")


def last_line(said: str) -> str:
    """The last one that says anything."""
    return next((line for line in reversed(said.splitlines()) if line.strip()), "")


def python_version(python: Path) -> str:
    return run([python, "-c", "import platform; print(platform.python_version())"]).stdout.strip()


def pythons() -> dict[str, Path | Absent]:
    """From the oldest that dtgen takes to the newest that there is or that is here."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    here: dict[int, Path] = {sys.version_info.minor: Path(sys.executable)}
    places = [*map(Path, os.get_exec_path()), *pyenv.glob("3.*/bin")]
    for program in (program for place in places for program in place.glob("python3.*")):
        match = re.fullmatch(r"python3\.(\d+)", program.name)
        # a shim of pyenv's may start none
        if match and int(match[1]) not in here and python_version(program).startswith(f"3.{match[1]}."):
            here[int(match[1])] = program
    minors = range(OLDEST_PYTHON, max(NEWEST_PYTHON, *here) + 1)
    absent = Absent("neither PATH nor pyenv has it")
    return {f"Python 3.{minor}": here.get(minor, absent) for minor in minors}


def dtcs(cache: Path) -> dict[str, Path | Absent]:
    """Each in a directory of its own below the cache, so that it can stand in front of PATH."""
    found: dict[str, Path | Absent] = {}
    for origin, dtc in _dtcs(cache):
        version = "" if isinstance(dtc, Absent) else _dtc_version(dtc)
        if isinstance(dtc, Absent):
            found.setdefault(f"dtc of {origin}", dtc)
        elif not version:
            found.setdefault(f"dtc of {origin}", Absent(_why(dtc)))
        elif f"dtc {version}" not in found:
            found[f"dtc {version}"] = _alone(dtc, cache / f"dtc-{version}")
    if sum(isinstance(dtc, Path) for dtc in found.values()) < 2:
        found["a newer dtc"] = Absent("name a source tree in DTC_SOURCES")
    return found


def _dtcs(cache: Path) -> Iterator[tuple[str, list[str] | Absent]]:
    """Where each is from, and the words that start it."""
    if os.environ.get("DTC"):
        yield "$DTC", shlex.split(os.environ["DTC"])
    path = shutil.which("dtc")
    yield "PATH", [path] if path else Absent("PATH has none")
    for tree in filter(None, os.environ.get("DTC_SOURCES", "").split(os.pathsep)):
        yield tree, _built(Path(tree), cache)
    present = _release((path and _dtc_version([path])) or "0")
    for release in _packages():
        if _release(release) > present:
            yield f"Debian's package {release}", _unpacked(release, cache)


def _release(version: str) -> Version:
    """Without Debian's epoch and revision, and without git's commit."""
    return Version(re.split(r"[-+~]", version.rpartition(":")[2])[0])


def _dtc_version(words: Sequence[str]) -> str:
    """Empty where it cannot be run."""
    match = _VERSION.search(run([*words, "--version"]).stdout)
    return match[1] if match else ""


def _why(words: Sequence[str]) -> str:
    done = run([*words, "--version"])
    return last_line(done.stderr or done.stdout) or f"it ends with {done.returncode}"


def _alone(words: Sequence[str], directory: Path) -> Path:
    """A link to the program, or a script for several words, called dtc."""
    directory.mkdir(parents=True, exist_ok=True)
    dtc = directory / "dtc"
    dtc.unlink(missing_ok=True)
    program = shutil.which(words[0]) or words[0]
    if len(words) == 1:
        dtc.symlink_to(Path(program).absolute())
    else:
        dtc.write_text(f'#!/bin/sh\nexec {shlex.join([program, *words[1:]])} "$@"\n')
        dtc.chmod(0o755)
    return dtc


def _packages() -> list[str]:
    """The versions of Debian's package that apt-get can fetch."""
    listed = run(["apt-cache", "madison", _PACKAGE]).stdout.splitlines()
    return list(dict.fromkeys(fields[1].strip() for line in listed if len(fields := line.split("|")) == 3))


def _unpacked(release: str, cache: Path) -> list[str] | Absent:
    """Fetched and unpacked, not installed."""
    directory = cache / f"{_PACKAGE}_{release.replace(':', '_')}"
    dtc = directory / "usr/bin/dtc"
    if not dtc.exists():
        directory.mkdir(parents=True, exist_ok=True)
        fetched = run(["apt-get", "download", f"{_PACKAGE}={release}"], directory)
        package = next(directory.glob("*.deb"), None)
        if package is None:
            return Absent(last_line(fetched.stderr) or f"apt-get ends with {fetched.returncode}")
        done = run(["dpkg-deb", "-x", package, directory])
        if done.returncode:
            return Absent(last_line(done.stderr))
    return [str(dtc)]


def _built(tree: Path, cache: Path) -> list[str] | Absent:
    """Built in a copy: nothing is written into the tree."""
    if not (tree / "dtc.c").is_file():
        return Absent("there is no dtc.c")
    whole = hashlib.sha256(os.fsencode(tree.absolute())).hexdigest()  # two trees may have one name
    copy = cache / f"dtc-sources-{tree.absolute().name}-{whole[:8]}"
    shutil.copytree(tree, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    done = run(["make", "NO_PYTHON=1", "NO_YAML=1", "NO_VALGRIND=1", "dtc"], copy)
    return Absent(last_line(done.stderr)) if done.returncode else [str(copy / "dtc")]
