"""What `make bench` prints: wall time and peak memory of whole commands, best of several runs.

Ratios are against starting Python itself in the same run, so that machines can be compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7


def measure(command: list[str], directory: Path, runs: int = RUNS) -> tuple[float, int]:
    """Seconds and KiB of the best run."""
    best, peak = float("inf"), 0
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        best = min(best, time.perf_counter() - started)
        peak = max(peak, usage.ru_maxrss)
        if status:
            sys.exit(f"{' '.join(command)} failed")
    return best, peak


def main() -> None:
    dtgen = [sys.executable, "-m", "dtgen"]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        os.environ["DTGEN_CACHE"] = str(directory / "cache")
        python, _ = measure([sys.executable, "-c", "pass"], directory)
        rows = [
            ("dtgen --help", [*dtgen, "--help"], RUNS),
            ("dtgen build lemans, first run", [*dtgen, "build", "lemans"], 1),
            ("dtgen build lemans", [*dtgen, "build", "lemans"], RUNS),
            ("dtgen build --all", [*dtgen, "build", "--all"], 3),
        ]
        print(f"{'command':34} {'wall':>8} {'memory':>9}   of starting Python ({python * 1000:.0f} ms)")  # noqa: T201
        for title, command, runs in rows:
            seconds, peak = measure(command, directory, runs)
            print(f"{title:34} {seconds:6.2f} s {peak / 1024:5.0f} MiB   {seconds / python:5.1f} ×")  # noqa: T201


if __name__ == "__main__":
    main()
