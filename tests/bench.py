"""What `make bench` prints: time of the clock and of the processors, and peak memory of whole commands, the best
of several runs.

    python tests/bench.py                  everything, in an hour
    python tests/bench.py corpus           one part: builds, applications, corpus, faults, growth, profile, …
    python tests/bench.py --quick          what matters most, in five minutes: dt-validate on one tree alone

Ratios are against a peer in the same run, so that machines can be compared: Python itself for what is
mostly start-up, fdtoverlay for applying, dt-validate for validating. Nothing fails on a figure.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpus import ALSO, BOARDS, ROOT, unpacked

from dtgen.project.layout import KernelTree

RUNS = 9
QUICK = False
DT_VALIDATE = str(Path(sys.executable).parent / "dt-validate")
DTGEN = (sys.executable, "-m", "dtgen")


_MEASURER = """
import os, subprocess, sys, time
null = subprocess.DEVNULL
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=null, stderr=null)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - started
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""A process inherits the peak of the one that starts it, so that has to be a small one."""


class Figure(NamedTuple):
    """What a command takes: seconds by the clock, seconds of processors with all processes, KiB of the largest."""

    wall: float
    cpu: float = 0
    peak: int = 0

    def less(self, other: Figure) -> Figure:
        """What is left without the start-up."""
        return Figure(self.wall - other.wall, self.cpu - other.cpu)

    def times(self, count: float) -> Figure:
        return Figure(self.wall * count, self.cpu * count)


def measure(command: Sequence[str], directory: Path, runs: int = RUNS) -> Figure:
    """The best of each."""
    best = Figure(float("inf"), float("inf"))
    for _ in range(min(runs, 3) if QUICK else runs):
        told = subprocess.check_output([sys.executable, "-c", _MEASURER, *command], cwd=directory, text=True)
        wall, cpu, memory, code = told.split()
        if code not in ("0", "1"):
            sys.exit(f"{' '.join(command)} failed")
        best = Figure(min(best.wall, float(wall)), min(best.cpu, float(cpu)), max(best.peak, int(memory)))
    return best


def show(title: str, figure: Figure, peer: Figure, name: str) -> None:
    """Beside a peer, by the clock and by processors."""
    cpu = f"{figure.cpu * 1000:8.0f} ms CPU" if figure.cpu else " " * 15
    memory = f"{figure.peak / 1024:5.0f} MiB" if figure.peak else " " * 9
    pairs = [(theirs, ours) for ours, theirs in zip(figure[:2], peer[:2], strict=True) if ours and theirs]
    faster = bool(pairs) and pairs[0][0] >= pairs[0][1]
    ratios = [f"{theirs / ours if faster else ours / theirs:.1f}" for theirs, ours in pairs]
    times = f"{figure.wall * 1000:8.0f} ms {cpu} {memory}"
    compared = f"{' and '.join(ratios)} {'times as fast as' if faster else '×'} {name}"
    print(f"{title:52} {times}  {compared}", flush=True)  # noqa: T201


def lemans(directory: Path) -> KernelTree | None:
    """The corpus, with its lemans-evk and the overlay compiled to the files `b` and `o`; None without it."""
    tree = unpacked(directory)
    if tree and not (directory / "b").exists():
        from dtgen.dts import compiler, kernel

        sources = ["qcom/lemans-evk.dts", "qcom/lemans-el2.dtso"]
        tools = compiler.find_dtc(), compiler.find_cpp()
        compiled = kernel.compile_sources(tree, sources, directory, *tools)
        for name, done in zip(("b", "o"), compiled, strict=True):
            (directory / name).write_bytes(done.blob or b"")
    return tree


def builds(directory: Path) -> None:
    python = measure([sys.executable, "-c", "pass"], directory)
    for title, command, runs in (
        ("dtgen --help", [*DTGEN, "--help"], RUNS),
        ("dtgen build lemans, first run", [*DTGEN, "build", "lemans"], 1),
        ("dtgen build lemans", [*DTGEN, "build", "lemans"], RUNS),
        ("dtgen build --all", [*DTGEN, "build", "--all"], 3),
    ):
        show(title, measure(command, directory, runs), python, "python")


def applications(directory: Path) -> None:
    """Applying to a board of 190 KB, less what applying to next to nothing takes (the start-up)."""
    tree = lemans(directory)
    if tree is None:
        print("dtgen apply: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.devicetree import blob
    from dtgen.dts import compiler

    dtc = compiler.find_dtc()
    tiny = compiler.compile_base(b"/dts-v1/; / { };", "tiny", dtc).blob or b""
    overlay = compiler.compile_overlay("/dts-v1/; /plugin/; &{/} { x; };", "tiny", dtc).blob or b""
    (directory / "tb").write_bytes(tiny)
    (directory / "to").write_bytes(overlay)
    (directory / "bare").write_bytes(blob.without_symbols((directory / "b").read_bytes()))
    start = measure([*DTGEN, "apply", "-q", "tb", "to", "-o", "out"], directory)
    applied = measure([*DTGEN, "apply", "-q", "b", "o", "-o", "out"], directory)
    fdtoverlay = shutil.which("fdtoverlay")
    peer = measure([fdtoverlay, "-i", "b", "-o", "out", "o"], directory) if fdtoverlay else start
    name = "fdtoverlay" if fdtoverlay else "start-up"
    show("dtgen apply, start-up", start, peer, name)
    show("dtgen apply to 190 KB", applied, peer, name)
    show("dtgen apply to 190 KB, beyond start-up", applied.less(start), peer, name)
    show("dtgen diff of 190 KB", measure([*DTGEN, "diff", "b", "b"], directory), peer, name)
    show(
        "dtgen apply, no symbols",
        measure([*DTGEN, "apply", "-q", "bare", "o", "-o", "out"], directory),
        peer,
        name,
    )


def validations(directory: Path) -> None:
    """A build that validates against all bindings of the kernel, against dt-validate on its merged tree."""
    tree = lemans(directory)
    if tree is None:
        print("validation: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.bindings.schemas import prepare

    build = [*DTGEN, "build", "lemans", "--base", "lemans-evk.dtb", "--bindings", str(tree.root)]
    shutil.copy(directory / "b", directory / "lemans-evk.dtb")
    first = measure([*DTGEN, "bindings", "build", str(tree.root)], directory, 1)
    cold = measure(build, directory, 1)
    warm = measure(build, directory)
    alone = measure([*DTGEN, "build", "lemans", "--base", "lemans-evk.dtb"], directory)
    prepared = prepare.prepare(tree.bindings, (), Path(os.environ["DTGEN_CACHE"]))
    (directory / "processed.json").write_bytes(prepared.processed())
    merged = "build/lemans/lemans-evk-el2.dtb"
    peer = measure([DT_VALIDATE, "-s", "processed.json", merged], directory, 1)
    sixteen = [f"base-{number}.dtb" for number in range(16)]
    for base in sixteen:
        shutil.copy(directory / "b", directory / base)
    given = [word for base in sixteen for word in ("--base", base)]
    many = measure([*DTGEN, "build", "lemans", *given, "--bindings", str(tree.root)], directory, 3)
    for title, figure in (
        ("dt-validate -s, the merged tree", peer),
        ("dtgen bindings build, 5,504 schemas", first),
        ("dtgen build lemans, 5,504 schemas, first", cold),
        ("dtgen build lemans, 5,504 schemas", warm),
        ("dtgen build lemans, 5,504 schemas, 16 bases", many),
        ("dtgen build lemans, built-in bindings", alone),
    ):
        show(title, figure, peer, "dt-validate")


PEER = "dt-validate -s"
VARIED = 30
"""Trees, spread evenly over all."""


def corpus(directory: Path) -> None:
    """Whole trees against all bindings of the kernel, beside dt-validate with its preprocessed schema.

    dtgen runs its rules and dtc's checks, too. No result is had from an earlier run.
    """
    tree = unpacked(directory)
    if tree is None:
        print("the corpus: not measured, there is none (DTGEN_CORPUS)")  # noqa: T201
        return
    bindings = _copied(tree, directory, "bindings")
    one, varied, files = boards(tree, directory)

    # the schemas, with nothing of theirs in the cache
    os.environ["DTGEN_CACHE"] = str(directory / "cold")
    build = [*DTGEN, "bindings", "build", str(bindings)]
    first = measure(build, directory, 1)
    changed = min(_changed(bindings, build, directory) for _ in range(5))
    other = measure([*DTGEN, "bindings", "build", str(_copied(tree, directory, "other"))], directory, 1)
    made = measure(
        [str(Path(DT_VALIDATE).with_name("dt-mk-schema")), "-j", "-o", "mk.json", str(bindings)], directory, 1
    )
    show("dt-mk-schema, the kernel's schemas", made, made, "dt-mk-schema")
    show("dtgen bindings build", first, made, "dt-mk-schema")
    show("dtgen bindings build, one file changed", changed, made, "dt-mk-schema")
    show("dtgen bindings build, a second checkout", other, made, "dt-mk-schema")

    # the trees
    theirs, ours = _validators(bindings, directory)
    cold = measure([*theirs, one], directory, 1 if QUICK else 3)
    show(f"{PEER}, one tree", cold, cold, PEER)
    measure([*ours, one], directory, 3)  # after which all functions that it asks are kept
    show("dtgen validate, one tree", measure([*ours, one], directory), cold, PEER)
    kept = [*DTGEN, "validate", "-q", "-s", str(bindings)]
    measure([*kept, one], directory, 1)
    show("dtgen validate, one tree that was validated", measure([*kept, one], directory), cold, PEER)
    again, name = cold, f"{PEER}, one tree"
    if not QUICK:
        again, name = measure([*theirs, *_twice(one, directory)], directory, 1).less(cold), PEER
        show(f"{PEER}, the same once more in the same process", again, again, PEER)
    show("dtgen, the same once more in the same process", _warm(bindings, Path(one)), again, name)
    peer, name = cold.times(VARIED), f"{PEER}, as far as one tree tells"
    if not QUICK:
        peer, name = measure([*theirs, *varied], directory, 1), PEER
        show(f"{PEER}, {VARIED} trees", peer, peer, PEER)
    for jobs in ("1", "2"):
        figure = measure([*ours, "-j", jobs, *varied], directory, 3)
        show(f"dtgen validate -j {jobs}, {VARIED} trees", figure, peer, name)
    if QUICK:
        return
    base = measure([*theirs, *files], directory, 1)
    show(f"{PEER}, {len(files)} trees", base, base, PEER)
    for jobs in ("1", "2"):
        figure = measure([*ours, "-j", jobs, *files], directory, 1)
        show(f"dtgen validate -j {jobs}, {len(files)} trees", figure, base, PEER)
    measure([*kept, *files], directory, 1)
    figure = measure([*kept, *files], directory, 3)
    show(f"dtgen validate, {len(files)} trees that were validated", figure, base, PEER)


def _copied(tree: KernelTree, directory: Path, name: str) -> Path:
    """The bindings in a directory that may be written to."""
    if not (directory / name).exists():
        shutil.copytree(tree.bindings, directory / name)
    return directory / name


def _validators(bindings: Path, directory: Path) -> tuple[list[str], list[str]]:
    """dt-validate with its preprocessed schema, and dtgen."""
    from dtgen.bindings.schemas import prepare

    processed = directory / "processed.json"
    if not processed.exists():
        prepared = prepare.prepare(bindings, (), Path(os.environ["DTGEN_CACHE"]))
        processed.write_bytes(prepared.processed())
    ours = [*DTGEN, "validate", "--no-result-cache", "-q", "-s", str(bindings)]
    return [DT_VALIDATE, "-s", str(processed)], ours


UNKNOWN = (100, 835)
"""Properties that no schema knows, each in another node."""


def faults(directory: Path) -> None:
    """One tree as in `corpus`, with mistakes."""
    tree = unpacked(directory)
    if tree is None:
        print("faults: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    theirs, ours = _validators(_copied(tree, directory, "bindings"), directory)
    data = Path(boards(tree, directory)[0]).read_bytes()
    wrong = {"one wrong pin": _wrong_pin(data)}
    wrong |= {f"{count} unknown properties": _unknown(data, count) for count in UNKNOWN}
    for title, blob in wrong.items():
        (directory / "wrong.dtb").write_bytes(blob)
        if not QUICK or title == "one wrong pin":
            peer = measure([*theirs, "wrong.dtb"], directory, 1)
            show(f"{PEER}, {title}", peer, peer, PEER)
        show(f"dtgen validate, {title}", measure([*ours, "wrong.dtb"], directory, 3), peer, PEER)


def _wrong_pin(data: bytes) -> bytes:
    """The first function of a pin controller, of 200 children, is none."""
    import libfdt

    fdt = _editable(data)
    pins = fdt.first_subnode(fdt.path_offset("/soc@0/pinctrl@f000000"))
    while fdt.getprop(pins, "function", (libfdt.NOTFOUND,)) == -libfdt.NOTFOUND:
        pins = fdt.next_subnode(pins)
    fdt.setprop_str(pins, "function", "nonsense")
    return bytes(fdt.as_bytearray())


def _unknown(data: bytes, count: int) -> bytes:
    from dtgen.devicetree import blob

    nodes = [node.path for node in blob.read(data, "").nodes.values() if node.compatible]
    fdt = _editable(data)
    for number in range(count):
        fdt.setprop_u32(fdt.path_offset(nodes[number % len(nodes)]), f"qcom,gadget-{number}", number)
    return bytes(fdt.as_bytearray())


def _editable(data: bytes) -> Any:
    import libfdt

    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + (1 << 18))
    return fdt


def growth(directory: Path) -> None:
    """Trees of 10,000 and 100,000 nodes, a third of which a binding is for."""
    tree = unpacked(directory)
    if tree is None:
        print("growth: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    theirs, ours = _validators(_copied(tree, directory, "bindings"), directory)
    peer = measure([*theirs, boards(tree, directory)[0]], directory, 1)
    for count in (10_000,) if QUICK else (10_000, 100_000):
        (directory / "large.dtb").write_bytes(_large(count))
        figure = measure([*ours, "large.dtb"], directory, 1)
        show(f"dtgen validate, {count:,} nodes", figure, peer, f"{PEER}, 1,284 nodes")


def _large(count: int) -> bytes:
    """Groups of 100 nodes, a third of them clocks."""
    from dtgen.devicetree import blob
    from dtgen.devicetree.tree import Node, Property

    def node(path: str, children: dict[str, Node] | None = None, **properties: bytes) -> Node:
        named = {name.replace("_", "-"): value for name, value in properties.items()}
        found = {name: Property(name, value) for name, value in named.items()}
        return Node(path.rpartition("/")[2], path, found, children or {})

    def leaf(path: str, number: int) -> Node:
        if number % 3:
            return node(path)
        return node(
            path,
            compatible=b"fixed-clock\0",
            clock_frequency=number.to_bytes(4, "big"),
            **{"#clock-cells": bytes(4)},
        )

    groups = {}
    for first in range(0, count, 100):
        path = f"/group-{first // 100}"
        names = {f"clock-{number}": number for number in range(first, min(first + 100, count))}
        leaves = {name: leaf(f"{path}/{name}", number) for name, number in names.items()}
        groups[path[1:]] = node(path, leaves)
    one = bytes((0, 0, 0, 1))
    cells = {"#address-cells": one, "#size-cells": one}
    return blob.write(node("/", groups, compatible=b"test,large\0", model=b"large\0", **cells))


def boards(tree: KernelTree, directory: Path) -> tuple[str, list[str], list[str]]:
    """One, some that differ, and all of the corpus, compiled."""
    from dtgen.dts import compiler, kernel

    folder = directory / "boards"
    if not folder.exists():
        sources = sorted(str(file.relative_to(tree.sources)) for file in tree.sources.rglob("*.dts"))
        tools = compiler.find_dtc(), compiler.find_cpp()
        folder.mkdir()
        for done in kernel.compile_sources(tree, sources, directory / "compiled", *tools):
            (folder / f"{Path(done.source).stem}.dtb").write_bytes(done.blob or b"")
    files = sorted(map(str, folder.iterdir()))
    return str(folder / "lemans-evk.dtb"), files[:: len(files) // VARIED][:VARIED], files


def profile(directory: Path) -> None:
    """What the parts of a validation take: of a first tree, and on average of those that follow."""
    tree = unpacked(directory)
    if tree is None:
        print("the profile: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    one, varied, _ = boards(tree, directory)
    command = [sys.executable, str(Path(__file__).with_name("phases.py")), str(tree.bindings), one, *varied]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(RUNS + 1)][1:]  # the first prepares
    first, following = (
        {name: min(run[which][name] for run in runs) for name in runs[0][which]}
        for which in ("first", "following")
    )
    print(f"{'a part of a validation, ms of CPU':56} {'first tree':>10} {f'{VARIED} more, mean':>14}")  # noqa: T201
    for name in dict.fromkeys((*first, *following)):
        told = (f"{spent[name]:.1f}" if name in spent else "" for spent in (first, following))
        print("{:56} {:>10} {:>14}".format(name, *told))  # noqa: T201


def _changed(bindings: Path, build: Sequence[str], directory: Path) -> Figure:
    """After another line in one schema."""
    with (bindings / "remoteproc/qcom,pas-common.yaml").open("a") as schema:
        schema.write("# changed\n")
    return measure(build, directory, 1)


def _twice(file: str, directory: Path) -> tuple[str, str]:
    """dt-validate takes each file once."""
    other = directory / "again.dtb"
    shutil.copy(file, other)
    return file, str(other)


def _warm(bindings: Path, file: Path) -> Figure:
    """For a tree that this process has validated before: the schemas that it needs are compiled."""
    from dtgen.bindings.select import choose
    from dtgen.commands.validate_tree import Examiner, Given, Question

    found = choose(bindings, Path(os.environ["DTGEN_CACHE"]), lambda what, done, of: None)
    best, given = Figure(float("inf"), float("inf")), Given(file.name, file.read_bytes())
    examiner = Examiner(Question(found.loadable, {}), None)
    examiner.examine(given)
    for number in range(RUNS):
        other = Given(given.file, given.blob + bytes(number + 1))  # not what is remembered of the last tree
        started = _now()
        examiner.examine(other)
        wall, cpu = (now - before for now, before in zip(_now(), started, strict=True))
        best = Figure(min(best.wall, wall), min(best.cpu, cpu))
    return best


def _now() -> tuple[float, float]:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in usages)


def rules(directory: Path) -> None:
    """All rules on `lemans-evk` with its overlay, in this process: the tree is merged, and nothing is read off it."""
    if lemans(directory) is None:
        print("all rules: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.devicetree import blob
    from dtgen.devicetree.fragments import Overlay
    from dtgen.hardware.system import System
    from dtgen.overlay.merge import merge
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
    tree = lemans(directory)
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
    python = measure([sys.executable, "-c", "pass"], directory)
    check = [*DTGEN, "check", "-q"]
    whole_set = ["--bindings", str(tree.root)]
    for title, command, runs in (
        ("dtgen check of one overlay", [*check, "0.dtso"], RUNS),
        ("dtgen check of one overlay, 5,504 schemas", [*check, "0.dtso", *whole_set], RUNS),
        ("dtgen check of 20 overlays and a base", check, 3),
    ):
        measure(command, repository, 1)  # prepares what is kept
        show(title, measure(command, repository, runs), python, "python")
    edited = min(_edited(repository / "0.dtso", number, [*check, "0.dtso"]) for number in range(1, RUNS))
    show("dtgen check of one overlay, edited", edited, python, "python")


def _edited(overlay: Path, number: int, command: Sequence[str]) -> Figure:
    """With a stream that it never had."""
    text = overlay.read_text()
    overlay.write_text(re.sub(r"(<&apps_smmu) \S+", rf"\1 {0x100 + number:#x}", text, count=1))
    return measure(command, overlay.parent, 1)


def merged_trees(directory: Path) -> None:
    """What each of the six overlays introduces to, fixes in and finds in the boards that it is for."""
    tree = unpacked(directory)
    if tree is None:
        print("merged trees: not measured, there is no corpus (DTGEN_CORPUS)")  # noqa: T201
        return
    from dtgen.commands.build import Builder, BuildRequest
    from dtgen.diagnostics import errors
    from dtgen.dts import compiler, kernel
    from dtgen.project import layout
    from dtgen.project.layout import Finder

    cache, tools = layout.cache_directory(), (compiler.find_dtc(), compiler.find_cpp())
    builder = Builder(Finder((ROOT,)), tree, None, None, lambda what, done, of: None, cache)
    started = time.perf_counter()
    count = 0
    print(f"{'merged tree':48} introduced  fixed  pre-existing (errors)")  # noqa: T201
    for board in BOARDS:
        bases = list(builder.build(BuildRequest(board, (), directory / board)).bases)
        more = ALSO.get(board, ())
        sources = [f"qcom/{name}.dts" for name in more]
        for name, compiled in zip(more, kernel.compile_sources(tree, sources, cache, *tools), strict=True):
            (directory / f"{name}.dtb").write_bytes(compiled.blob or b"")
        if more:
            given = tuple(directory / f"{name}.dtb" for name in more)
            bases += builder.build(BuildRequest(board, given, directory / board)).bases
        for base in bases:
            found = base.assessment
            counts = [errors(state) for state in (found.introduced, found.fixed, found.pre_existing)]
            print(f"{base.name + ' + ' + board:48} {counts[0]:10}  {counts[1]:5}  {counts[2]:12}")  # noqa: T201
        count += len(bases)
    print(f"{count} trees in {time.perf_counter() - started:.1f} s")  # noqa: T201


def logs(directory: Path) -> None:
    """A board's log of 1 MB and of 100 MB, most of it about something else, as a long uptime makes them."""
    ordinary = "[{:12.6f}] systemd[1]: Started session-{}.scope - Session {} of user root.\n"
    fault = (
        "[{:12.6f}] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova={:#x}, "
        "fsynr=0x3d0003, cbfrsynra=0x1004, cb=33\n"
    )
    for size in (1, 100):
        file = directory / f"{size}.log"
        with file.open("w") as stream:
            for number in range(size * 14_000):
                line = fault.format(number, number << 12) if number % 1000 == 999 else ""
                stream.write(ordinary.format(number, number, number) + line)
        peer = measure(["grep", "-cE", "remoteproc|smmu|firmware", str(file)], directory, 3)
        figure = measure([*DTGEN, "diagnose", str(file)], directory, 3)
        show(f"dtgen diagnose, a log of {file.stat().st_size / 1e6:.0f} MB", figure, peer, "grep")


PARTS = (
    builds, applications, validations, rules, checks, merged_trees, corpus, faults, growth, profile, logs
)  # fmt: skip
QUICK_PARTS = (builds, checks, corpus, faults, growth)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *(part.__name__ for part in PARTS)])
    parser.add_argument("--quick", action="store_true", help="less, in five minutes")
    options = parser.parse_args()
    global QUICK  # noqa: PLW0603
    QUICK = options.quick
    # as it is installed: with compiled modules, for dtgen as for its peers
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        os.environ["DTGEN_CACHE"] = str(directory / "cache")
        compileall.compile_dir(ROOT / "dtgen", quiet=1)
        for part in QUICK_PARTS if QUICK and not options.parts else PARTS:
            if part.__name__ in (options.parts or [part.__name__]):
                part(directory)


if __name__ == "__main__":
    main()
