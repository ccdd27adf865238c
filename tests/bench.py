"""What `make bench` prints: wall time and peak memory of whole commands, best of several runs.

Ratios are against a peer in the same run, so that machines can be compared: Python itself for what is
mostly start-up, fdtoverlay for applying. Nothing fails on a figure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpus import ALSO, BOARDS, ROOT, unpacked

RUNS = 9
DT_VALIDATE = str(Path(sys.executable).parent / "dt-validate")
DTGEN = (sys.executable, "-m", "dtgen")


def measure(command: Sequence[str], directory: Path, runs: int = RUNS) -> tuple[float, int]:
    """Seconds of the best run, KiB of the largest."""
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


def show(title: str, seconds: float, peak: int, peer: float, name: str) -> None:
    print(f"{title:42} {seconds * 1000:6.0f} ms {peak / 1024:5.0f} MiB  {seconds / peer:7.2f} × {name}")  # noqa: T201


def builds(directory: Path) -> None:
    python, _ = measure([sys.executable, "-c", "pass"], directory)
    for title, command, runs in (
        ("dtgen --help", [*DTGEN, "--help"], RUNS),
        ("dtgen build lemans, first run", [*DTGEN, "build", "lemans"], 1),
        ("dtgen build lemans", [*DTGEN, "build", "lemans"], RUNS),
        ("dtgen build --all", [*DTGEN, "build", "--all"], 3),
    ):
        show(title, *measure(command, directory, runs), python, "python")


def applications(directory: Path) -> None:
    """Applying to a board of 190 KB, less what applying to next to nothing takes (the start-up)."""
    tree = unpacked(directory)
    if tree is None:
        print("dtgen apply: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.devicetree import blob, compiler, kernel

    tools = compiler.find_dtc(), compiler.find_cpp()
    sources = ["qcom/lemans-evk.dts", "qcom/lemans-el2.dtso"]
    for name, compiled in zip(
        ("b", "o"), kernel.compile_sources(tree, sources, directory, *tools), strict=True
    ):
        (directory / name).write_bytes(compiled.blob or b"")
    tiny = compiler.compile_base(b"/dts-v1/; / { };", "tiny", tools[0]).blob or b""
    overlay = compiler.compile_overlay("/dts-v1/; /plugin/; &{/} { x; };", "tiny", tools[0]).blob or b""
    (directory / "tb").write_bytes(tiny)
    (directory / "to").write_bytes(overlay)
    (directory / "bare").write_bytes(blob.without_symbols((directory / "b").read_bytes()))
    start, _ = measure([*DTGEN, "apply", "-q", "tb", "to", "-o", "out"], directory)
    seconds, peak = measure([*DTGEN, "apply", "-q", "b", "o", "-o", "out"], directory)
    fdtoverlay = shutil.which("fdtoverlay")
    peer = measure([fdtoverlay, "-i", "b", "-o", "out", "o"], directory)[0] if fdtoverlay else start
    name = "fdtoverlay" if fdtoverlay else "start-up"
    show("dtgen apply, start-up", start, 0, peer, name)
    show("dtgen apply to 190 KB", seconds, peak, peer, name)
    show("dtgen apply to 190 KB, beyond start-up", seconds - start, 0, peer, name)
    show("dtgen diff of 190 KB", *measure([*DTGEN, "diff", "b", "b"], directory), peer, name)
    show(
        "dtgen apply, no symbols",
        *measure([*DTGEN, "apply", "-q", "bare", "o", "-o", "out"], directory),
        peer,
        name,
    )


def validations(directory: Path) -> None:
    """A build that validates against all bindings of the kernel, against dt-validate on its merged tree."""
    tree = unpacked(directory)
    if tree is None:
        print("validation: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.bindings import store

    build = [*DTGEN, "build", "lemans", "--base", "lemans-evk.dtb", "--bindings", str(tree.root)]
    shutil.copy(directory / "b", directory / "lemans-evk.dtb")
    first = measure([*DTGEN, "bindings", "build", str(tree.root)], directory, 1)
    cold = measure(build, directory, 1)
    warm = measure(build, directory)
    alone = measure([*DTGEN, "build", "lemans", "--base", "lemans-evk.dtb"], directory)
    prepared = store.prepare(tree.bindings, (), Path(os.environ["DTGEN_CACHE"]))
    (directory / "processed.json").write_bytes(prepared.processed())
    merged = "build/lemans/lemans-evk-el2.dtb"
    peer = measure([DT_VALIDATE, "-s", "processed.json", merged], directory, 1)
    for title, (seconds, peak) in (
        ("dt-validate -s, the merged tree", peer),
        ("dtgen bindings build, 5,504 schemas", first),
        ("dtgen build lemans, 5,504 schemas, first", cold),
        ("dtgen build lemans, 5,504 schemas", warm),
        ("dtgen build lemans, built-in bindings", alone),
    ):
        show(title, seconds, peak, peer[0], "dt-validate")


def rules(directory: Path) -> None:
    """All rules on `lemans-evk` with its overlay, in this process: the tree is merged, and nothing is read off it."""
    if not (directory / "b").exists():
        print("all rules: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.devicetree import blob
    from dtgen.devicetree.merge import merge
    from dtgen.devicetree.overlay import Overlay
    from dtgen.hardware.system import System
    from dtgen.rules import run

    base, data = (directory / "b").read_bytes(), (directory / "o").read_bytes()
    merged = merge(blob.read(base, "b"), base, Overlay.of(blob.read(data, "o")), data)
    best, found = float("inf"), 0
    for _ in range(RUNS):
        started = time.perf_counter()
        found = len(list(run(System(merged, pas_at_el2=True, max_iommus=1))))
        best = min(best, time.perf_counter() - started)
    print(f"{'all rules on merged lemans-evk (< 100 ms)':42} {best * 1000:6.1f} ms, {found} findings")  # noqa: T201


def checks(directory: Path) -> None:
    """One changed overlay of a repository with a base of 190 KB; less than 700 ms is what a hook may take."""
    tree = unpacked(directory)
    if tree is None:
        print("dtgen check: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    repository = directory / "repository"
    repository.mkdir()
    shutil.copy(directory / "b", repository / "lemans-evk.dtb")
    settings = '[[overlay]]\nfiles = "*.dtso"\nbases = ["lemans-evk.dtb"]\npas_at_el2 = true\n'
    (repository / "dtgen.toml").write_text(settings)
    for number in range(20):
        shutil.copy(tree.source("qcom/lemans-el2.dtso"), repository / f"{number}.dtso")
    python, _ = measure([sys.executable, "-c", "pass"], directory)
    check = [*DTGEN, "check", "-q"]
    whole_set = ["--bindings", str(tree.root)]
    for title, command, runs in (
        ("dtgen check of one overlay", [*check, "0.dtso"], RUNS),
        ("dtgen check of one overlay, 5,504 schemas", [*check, "0.dtso", *whole_set], RUNS),
        ("dtgen check of 20 overlays and a base", check, 3),
    ):
        show(title, *measure(command, repository, runs), python, "python")


def merged_trees(directory: Path) -> None:
    """What each of the six overlays introduces to, fixes in and finds in the boards that it is for."""
    tree = unpacked(directory)
    if tree is None:
        print("merged trees: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen import project
    from dtgen.devicetree import compiler, kernel
    from dtgen.diagnostics import errors
    from dtgen.pipeline import Builder, Request
    from dtgen.project import Finder

    cache, tools = project.cache_directory(), (compiler.find_dtc(), compiler.find_cpp())
    builder = Builder(Finder((ROOT,)), tree, None, None, lambda what, done, of: None, cache)
    started = time.perf_counter()
    count = 0
    print(f"{'merged tree':48} introduced  fixed  pre-existing (errors)")  # noqa: T201
    for board in BOARDS:
        bases = list(builder.build(Request(board, (), directory / board)).bases)
        more = ALSO.get(board, ())
        sources = [f"qcom/{name}.dts" for name in more]
        for name, compiled in zip(more, kernel.compile_sources(tree, sources, cache, *tools), strict=True):
            (directory / f"{name}.dtb").write_bytes(compiled.blob or b"")
        if more:
            given = tuple(directory / f"{name}.dtb" for name in more)
            bases += builder.build(Request(board, given, directory / board)).bases
        for base in bases:
            found = base.assessment
            counts = [errors(state) for state in (found.introduced, found.fixed, found.pre_existing)]
            print(f"{base.name + ' + ' + board:48} {counts[0]:10}  {counts[1]:5}  {counts[2]:12}")  # noqa: T201
        count += len(bases)
    print(f"{count} trees in {time.perf_counter() - started:.1f} s")  # noqa: T201


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        os.environ["DTGEN_CACHE"] = str(directory / "cache")
        builds(directory)
        applications(directory)
        validations(directory)
        rules(directory)
        checks(directory)
        merged_trees(directory)


if __name__ == "__main__":
    main()
