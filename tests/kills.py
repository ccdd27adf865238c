"""Commands that are ended at random moments: each file is old or new and whole, nothing else is left.

    python tests/kills.py [--times N] [--seed S]

Of SIGKILL one temporary name beside an output is allowed in a thousand: a file gets its name some microseconds
before it gets the right one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dtgen.dts import compiler

ROOT = Path(__file__).resolve().parent.parent
TIMES = 1000
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)
UGLY = "// SPDX-License-Identifier: MIT\n/* T */\n\n/dts-v1/;\n/plugin/;\n\n&a { b = <1>; };\n"


@dataclass(frozen=True)
class Command:
    """What is run, and the files that it writes."""

    words: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    at_once: int = 1


COMMANDS = (
    Command(
        ("build", "lemans", "-q", "-o", "out"),
        ("out/lemans-el2.dtso", "out/lemans-el2.dtbo", "out/lemans-lean-el2.dtb"),
    ),
    Command(("apply", "base.dtb", "overlay.dtbo", "-q", "-o", "merged.dtb"), ("merged.dtb",)),
    Command(("format", "-q", "ugly.dtso"), ("ugly.dtso",)),
    Command(("validate", "base.dtb", "--output", "report.json", "--format", "json"), ("report.json",)),
    Command(("bindings", "build", "-q", "bindings")),
    Command(("validate", "base.dtb", "-q", "--output", "report"), ("report",), at_once=8),
)


def _filled(directory: Path) -> None:
    dtc = compiler.find_dtc()
    filler = "".join(f"n{number} {{ x = <{number}>; }}; " for number in range(500))
    base = compiler.compile_base(f"/dts-v1/; / {{ a: a {{ }}; {filler} }};".encode(), "b", dtc).blob
    overlay = compiler.compile_overlay("/dts-v1/; /plugin/; &a { x; };", "o", dtc).blob
    (directory / "base.dtb").write_bytes(base or b"")
    (directory / "overlay.dtbo").write_bytes(overlay or b"")
    (directory / "ugly.dtso").write_text(UGLY)
    shutil.copytree(ROOT / "schemas/bindings", directory / "bindings")
    (directory / "tmp").mkdir()


def _session(leader: int) -> Iterator[int]:
    """The processes of a session that are no zombies."""
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[3]) == leader and fields[0] != "Z":
            yield int(entry.name)


def _content(directory: Path, command: Command) -> list[bytes | None]:
    files = [directory / name for name in command.outputs]
    return [file.read_bytes() if file.exists() else None for file in files]


def _begun(directory: Path, command: Command) -> list[subprocess.Popen[bytes]]:
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(directory / "tmp"), "DTGEN_CACHE": str(directory / "cache"),
    }  # fmt: skip
    words = [sys.executable, "-m", "dtgen", *command.words]
    return [
        subprocess.Popen(
            words, cwd=directory, env=environment, start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(command.at_once)
    ]  # fmt: skip


def _whole(command: Command, directory: Path) -> float:
    """The seconds of a run that nothing ends."""
    started = time.monotonic()
    for process in _begun(directory, command):
        _, said = process.communicate()
        if process.returncode not in (0, 1):
            sys.exit(f"{' '.join(command.words)} fails: {said.decode()}")
    return time.monotonic() - started


@dataclass
class Place:
    """Where a command is run again and again, with the cache that those before have left."""

    directory: Path
    old: list[bytes | None]
    new: list[bytes | None]
    cold: float
    """Seconds of a run that finds no cache."""
    warm: float

    @classmethod
    def of(cls, command: Command, directory: Path) -> Place:
        directory.mkdir()
        _filled(directory)
        old = _content(directory, command)
        cold = _whole(command, directory)
        new = _content(directory, command)
        place = cls(directory, old, new, cold, 0)
        place.restore(command)
        place.warm = _whole(command, directory)
        if _content(directory, command) != new:
            sys.exit(f"{' '.join(command.words)} writes something else the second time")
        return place

    def restore(self, command: Command) -> None:
        for name, before in zip(command.outputs, self.old, strict=True):
            file = self.directory / name
            file.unlink(missing_ok=True) if before is None else file.write_bytes(before)
        shutil.rmtree(self.directory / "out", ignore_errors=True)


def once(rng: random.Random, command: Command, place: Place) -> tuple[str, list[str]]:
    """The signal and how it ended, and what is wrong."""
    directory = place.directory
    place.restore(command)
    is_cold = rng.random() < 0.3
    if is_cold:
        shutil.rmtree(directory / "cache", ignore_errors=True)
    known = {path for path in directory.rglob("*") if "cache" not in path.parts}
    number = rng.choice(SIGNALS)
    processes = _begun(directory, command)
    time.sleep(rng.uniform(0.05, 1.1) * (place.cold if is_cold else place.warm))
    for process in processes:
        process.send_signal(number)
    said = [process.communicate()[1] for process in processes]
    codes = [process.returncode for process in processes]
    wrong = []
    for process in processes:
        until = time.monotonic() + 60
        while (left := list(_session(process.pid))) and time.monotonic() < until:
            time.sleep(0.01)
        wrong += [f"process {pid} is left" for pid in left]
    for was, is_, made in zip(place.old, _content(directory, command), place.new, strict=True):
        if is_ not in (was, made):
            wrong.append("an output is neither old nor new")
    allowed = known | {directory / name for name in command.outputs} | {directory / "out"}
    wrong += [
        f"{path} is left"
        for path in directory.rglob("*")
        if path not in allowed and "cache" not in path.parts
    ]
    wrong += [f"{path} is left" for path in (directory / "cache").rglob(".*")]
    # before dtgen has taken the signal to itself, the system ends it; and it may have been at its end
    late = {0, 1, -number, 128 + number}
    wrong += [f"exit {code}: {text!r}" for code, text in zip(codes, said, strict=True) if code not in late]
    wrong += [f"{text!r}" for text in said if b"Traceback" in text and b"KeyboardInterrupt" not in text]
    return f"{command.words[0]} {signal.Signals(number).name}", wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        places = [Place.of(command, Path(name, str(at))) for at, command in enumerate(COMMANDS)]
        for number in range(options.times):
            rng, at = random.Random(f"{options.seed} {number}"), number % len(COMMANDS)
            what, wrong = once(rng, COMMANDS[at], places[at])
            counts[what] += 1
            failed += bool(wrong)
            for text in wrong:
                sys.stdout.write(f"{number} ({what}): {text}\n")
                sys.stdout.flush()
        for command, place in zip(COMMANDS, places, strict=True):
            place.restore(command)
            for process in _begun(place.directory, command):
                process.communicate()
            if _content(place.directory, command) != place.new:
                failed += 1
                sys.stdout.write(f"{command.words[0]}: what is left of all these ends stands in its way\n")
    for what, count in sorted(counts.items()):
        sys.stdout.write(f"{count:5} {what}\n")
    sys.stdout.write(f"seed {options.seed}, {options.times} times: {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
