"""Hostile blobs: whatever the bytes, `dtgen apply` and `dtgen diff` end in a diagnostic or a correct result.

    python tests/fuzz.py [--cases N] [--seed S]     all of them, in child processes
    python tests/fuzz.py --seed S --case N          that one again

A case is made from the seed and its number alone. An exception, a signal and a hang are failures.
"""

from __future__ import annotations

import argparse
import collections
import os
import pickle
import random
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import libfdt

from dtgen.checks.given import Reader
from dtgen.commands import apply, build
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.project.layout import Finder
from dtgen.report import DIFFERENCES, FORMATS
from dtgen.report.style import Style

ROOT = Path(__file__).resolve().parent.parent
CASES = 20_000
PATIENCE = 10
"""Seconds; a case that takes longer hangs."""
ADDRESS_SPACE = 1 << 30
CHUNK = 250
EVERY = 8
"""One case in so many is a truncation of the smallest pair, each at another offset."""
STRIDE = 1009
"""Prime, so that a few cases are spread over the offsets and enough cases meet every one."""
SMALL = 0.85
"""How many of the cases are of the literal pairs, which are a hundred times faster than a board."""

TINY = (
    "/ { compatible = \"v,b\"; d: d@1 { reg = <1>; }; };",
    "&d { status = \"okay\"; n: n { r = <&n &d>; }; };",
)  # fmt: skip
RICH = (
    """
    /memreserve/ 0x80000000 0x1000;
    / {
        model = "rich"; compatible = "vendor,board", "vendor,soc";
        #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;
        gic: interrupt-controller@100 { reg = <0 0x100 0 0x10>; #interrupt-cells = <3>; #address-cells = <0>; interrupt-controller; };
        smmu: iommu@200 { reg = <0 0x200 0 0x10>; #iommu-cells = <2>; };
        gpio: gpio@300 { #gpio-cells = <2>; gpio-ranges = <&gpio 0 0 8>; };
        clk: clock { #clock-cells = <1>; };
        soc: soc@0 {
            #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x10000>;
            dsp: dsp@400 { compatible = "vendor,dsp"; reg = <0x400 4>; iommus = <&smmu 1 2>, <&smmu 3 4>; clocks = <&clk 1>;
                interrupts = <0 1 4>; reset-gpios = <&gpio 1 0>; bytes = [01 02 03]; names = "a", "b"; };
            pcie: pci@500 { reg = <0x500 4>; #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>; iommu-map = <0 &smmu 0x10 1>;
                interrupt-map = <0 0 0 1 &gic 0 1 4>; device_type = "pci"; };
        };
    };
    """,
    """
    &dsp { iommus = <&smmu 0x3000 0>, <&smmu 0x3001 0>; status = "disabled";
        inner: inner { phandles = <&inner &clk>; far: far@1 { reg = <1>; next = <&inner>; clocks = <&clk 2>; }; }; };
    &pcie { iommu-map; };
    &{/soc@0} { new@600 { reg = <0x600 4>; interrupts = <0 2 4>; reset-gpios = <&gpio 2 1>; ref = <&far>; }; };
    &smmu { dma-coherent; };
    """,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A base and an overlay that fits it."""

    name: str
    base: bytes
    overlay: bytes


@dataclass(frozen=True, slots=True)
class Case:
    """What one run of `dtgen apply` and `dtgen diff` is given."""

    what: str
    base: bytes
    overlays: tuple[bytes, ...]
    symbols: bytes | None
    keep_symbols: bool


@dataclass(frozen=True, slots=True)
class Failure:
    number: int
    how: str


@dataclass(frozen=True, slots=True)
class Report:
    outcomes: collections.Counter[str]
    failures: tuple[Failure, ...]


def pairs() -> list[Pair]:
    """The literal ones, then the six built-in bases with their overlays; all from the real dtc."""
    dtc, finder = compiler.find_dtc(), Finder((ROOT,))

    def compiled(base: str, overlay: str) -> tuple[bytes, bytes]:
        blobs = (
            compiler.compile_base(base.encode(), "base.dts", dtc),
            compiler.compile_overlay(overlay, "overlay.dtso", dtc),
        )
        if blobs[0].blob is None or blobs[1].blob is None:
            raise ValueError(blobs)
        return blobs[0].blob, blobs[1].blob

    literals = [
        Pair(name, *compiled(f"/dts-v1/;\n{base}", f"/dts-v1/;\n/plugin/;\n{overlay}"))
        for name, (base, overlay) in {"tiny": TINY, "rich": RICH}.items()
    ]
    return literals + [
        Pair(name, *compiled(base.read_text(), build.rendered(name, finder)))
        for name in finder.boards()
        if (base := finder.lean_base((name,)))
    ]


# Mutations: (random numbers, a blob, another blob) to a blob. They may return it as it was.


def _truncated(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return _mended(data[: rng.randrange(len(data) + 1)]) if data else data


def _bits(rng: random.Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8) if data else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _bytes(rng: random.Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8) if data else 0):
        changed[rng.randrange(len(changed))] = rng.choice(
            (0, 1, 0x2F, 0x3A, 0x7F, 0x80, 0xFF, rng.randrange(256))
        )
    return bytes(changed)


def _words(rng: random.Random, data: bytes, other: bytes) -> bytes:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(max(1, len(data) // 4)) * 4
        data = _with_word(data, at, _interesting(rng, data))
    return data


def _header(rng: random.Random, data: bytes, other: bytes) -> bytes:
    for _ in range(rng.randint(1, 3)):
        data = _with_word(data, rng.randrange(10) * 4, _interesting(rng, data))
    return data


def _spliced(rng: random.Random, data: bytes, other: bytes) -> bytes:
    at = rng.choice((40, rng.randrange(len(data) + 1), rng.randrange(len(data) + 1) & ~3))
    spliced = other[:at] + data[at:]
    return rng.choice((spliced, _mended(spliced), _mended(data + other), data[:at] + other[at:]))


def _noise(rng: random.Random, data: bytes, other: bytes) -> bytes:
    kind = rng.randrange(3)
    if kind == 0:
        return rng.randbytes(rng.randrange(512))
    if kind == 1:
        return data[: rng.choice((4, 8, 40))] + rng.randbytes(len(data))
    at, size = rng.randrange(len(data) + 1), rng.randrange(64)
    return data[:at] + rng.randbytes(size) + data[at + size :]


def _duplicated(rng: random.Random, data: bytes, other: bytes) -> bytes:
    start, stop = _range(rng, data)
    return _resized(data, stop, stop, data[start:stop] * rng.choice((1, 1, 2, 70)))


def _removed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return _resized(data, *_range(rng, data), b"")


def _tokens(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A token is replaced, inserted, removed, or its whole piece copied elsewhere."""
    places = list(_pieces(data))
    if not places:
        return data
    start, stop, _ = rng.choice(places)
    kind = rng.randrange(5)
    if kind == 0:
        token = rng.choice((blob.BEGIN_NODE, blob.END_NODE, blob.PROP, blob.NOP, blob.END, 0, 5, 0x100))
        return _with_word(data, start, token)
    if kind == 1:
        tokens = (blob.BEGIN_NODE, blob.END_NODE, blob.PROP, blob.NOP, blob.NOP, blob.END)
        return _resized(data, start, start, rng.choice(tokens).to_bytes(4, "big") * rng.choice((1, 2, 80)))
    if kind == 2:
        return _resized(data, start, stop, b"")
    if kind == 3:
        to, _, _ = rng.choice(places)
        return _resized(data, to, to, data[start:stop])
    return _with_word(data, start, blob.NOP)


def _properties(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The length, the name or the value of a property."""
    places = [(start, stop) for start, stop, token in _pieces(data) if token == blob.PROP]
    if not places:
        return data
    # those of __fixups__ and __local_fixups__ stand at the end
    start, stop = rng.choice(places[-8:] if rng.random() < 0.5 else places)
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    kind = rng.randrange(5)
    if kind == 0:
        return _with_word(data, start + 4, _interesting(rng, data))
    if kind == 1:
        return _with_word(data, start + 8, rng.choice((_interesting(rng, data), rng.randrange(256))))
    value = bytearray(data[start + 12 : start + 12 + length])
    if kind == 2 and value:
        value[rng.randrange(len(value))] = rng.choice(b"0123456789:/\0@_")
    elif kind == 3 and len(value) >= 4:
        value = bytearray(
            _with_word(bytes(value), rng.randrange(len(value) // 4) * 4, _interesting(rng, data))
        )
    else:
        value = bytearray(
            rng.choice((b"", b"\0", b"/", b"/soc@0\0", b"/:a:0\0", bytes(7), b"\xff" * 8, bytes(value) * 2))
        )
    padded = bytes(value) + bytes(-len(value) % 4)
    return _resized(_with_word(data, start + 4, len(value)), start + 12, stop, padded)


Mutation = Callable[[random.Random, bytes, bytes], bytes]
MUTATIONS: tuple[Mutation, ...] = (
    _truncated, _bits, _bytes, _words, _header, _spliced, _noise, _duplicated, _removed,
    _tokens, _tokens, _tokens, _properties, _properties, _properties, _properties,
)  # fmt: skip


def _interesting(rng: random.Random, data: bytes) -> int:
    fields = [int.from_bytes(data[at : at + 4], "big") for at in range(4, min(40, len(data)), 4)]
    value = rng.choice((0, 1, 2, 3, 4, 9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF, len(data), *fields))
    return (value + rng.choice((0, 0, 0, 1, -1, 4, -4))) % (1 << 32)


def _with_word(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + value.to_bytes(4, "big") + data[at + 4 :]


def _mended(data: bytes) -> bytes:
    return _with_word(data, 4, len(data)) if len(data) >= 8 else data


def _range(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1) & (~3 if rng.random() < 0.8 else -1)
    return start, min(len(data), start + rng.choice((1, 4, 8, 16, 40, 4 * rng.randrange(64))))


def _resized(data: bytes, start: int, stop: int, new: bytes) -> bytes:
    """`data[start:stop]` replaced, and the header made to say so."""
    changed = data[:start] + new + data[stop:]
    if len(data) < 40 or start < 40:
        return _mended(changed)
    grown = len(new) - (stop - start)
    structure, strings, reserved = (int.from_bytes(data[at : at + 4], "big") for at in (8, 12, 16))
    for offset, size, size_field in (
        (structure, int.from_bytes(data[36:40], "big"), 36),
        (strings, int.from_bytes(data[32:36], "big"), 32),
    ):
        if offset <= start < offset + size:
            changed = _with_word(changed, size_field, (size + grown) % (1 << 32))
    for field, offset in ((8, structure), (12, strings), (16, reserved)):
        if offset > start:
            changed = _with_word(changed, field, (offset + grown) % (1 << 32))
    return _mended(changed)


def _pieces(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, end and kind of each token with what belongs to it, as far as they make sense."""
    at = int.from_bytes(data[8:12], "big")
    end = min(len(data), at + int.from_bytes(data[36:40], "big"))
    while at + 4 <= end:
        token, start = int.from_bytes(data[at : at + 4], "big"), at
        at += 4
        if token == blob.BEGIN_NODE:
            at = (data.find(b"\0", at, end) + 4) & ~3
        elif token == blob.PROP:
            at = (at + 8 + int.from_bytes(data[at : at + 4], "big") + 3) & ~3
        elif token not in (blob.END_NODE, blob.NOP, blob.END):
            return
        if not start < at <= end:
            return
        yield start, at, token


def make(known: Sequence[Pair], seed: int, number: int) -> Case:
    """Case `number` of `seed`."""
    tiny = known[0]
    if number % EVERY == 0:
        at = number // EVERY * STRIDE % (len(tiny.base) + len(tiny.overlay) + 2)
        if at <= len(tiny.base):
            return Case(f"base cut at {at}", tiny.base[:at], (tiny.overlay,), None, False)
        at -= len(tiny.base) + 1
        return Case(f"overlay cut at {at}", tiny.base, (tiny.overlay[:at],), None, False)
    rng = random.Random(f"{seed} {number}")
    pair = rng.choice(known[:2] if rng.random() < SMALL else known[2:])
    base, overlay, symbols = pair.base, pair.overlay, None
    stripped = rng.random() < 0.2
    if stripped:
        symbols, base = base, blob.without_symbols(base)
    what = [pair.name]
    for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 1, 2, 3))):
        mutation = rng.choice(MUTATIONS)
        target = rng.choice(("base", "overlay", "overlay", "overlay", *(["symbols"] * 2 * stripped)))
        what.append(f"{mutation.__name__.strip('_')} {target}")
        other = rng.choice(known[:3])
        if target == "base":
            base = mutation(rng, base, rng.choice((other.base, overlay)))
        elif target == "overlay":
            overlay = mutation(rng, overlay, rng.choice((other.overlay, base)))
        else:
            symbols = mutation(rng, symbols or b"", other.base)
    overlays = rng.choice(
        ((overlay,), (overlay,), (overlay,), (overlay, pair.overlay), (pair.overlay, overlay))
    )
    if rng.random() < 0.02:
        base, overlays = overlays[0], (base,)
    return Case(", ".join(what), base, overlays, symbols, rng.random() < 0.3)


def check(case: Case, directory: Path) -> str:
    """`refused` or `applied`. Raises: whatever goes wrong."""
    base, output = directory / "base.dtb", directory / "out.dtb"
    base.write_bytes(case.base)
    overlays = tuple(directory / f"{index}.dtbo" for index in range(len(case.overlays)))
    for file, data in zip(overlays, case.overlays, strict=True):
        file.write_bytes(data)
    symbols = directory / "symbols.dtb" if case.symbols is not None else None
    if symbols and case.symbols is not None:
        symbols.write_bytes(case.symbols)
    output.unlink(missing_ok=True)
    finder, reader = Finder((directory,)), Reader(directory / "cache")
    try:
        _diff(base, overlays, symbols, finder, reader)
        result = apply.apply(
            apply.ApplyRequest(base, overlays, reader, symbols, case.keep_symbols), output, finder, {}
        )
    except ToolError:
        if symbols is None:  # a --symbols of no use is the one thing here that may not be the input's fault
            raise
        _holds(not output.exists(), "written in spite of an error")
        return "refused"
    for style in (Style(), Style(color=True, verbosity=1)):
        for form in FORMATS.values():
            form.application(result, style).encode()
    if result.output is None:
        _holds(result.errors > 0, "refused without a reason")
        _holds(not output.exists(), "written in spite of an error")
        return "refused"
    _correct(case, output.read_bytes())
    return "applied"


def _diff(
    base: Path, overlays: tuple[Path, ...], symbols: Path | None, finder: Finder, reader: Reader
) -> None:
    for result in (
        apply.differences(base, overlays[0], symbols, finder, reader),
        apply.differences(overlays[0], base, None, finder, reader),
    ):
        for difference in DIFFERENCES.values():
            difference(result, Style(color=True)).encode()
    same = apply.differences(base, base, None, finder, reader)
    _holds(not same.changes, "a tree differs from itself")


def _correct(case: Case, merged: bytes) -> None:
    """What was written reads back, and plain libfdt, asked directly, gives the same."""
    before, after = blob.read(case.base, "base"), blob.read(merged, "merged")
    _holds(libfdt.fdt_check_full(bytearray(merged), len(merged)) == 0, "libfdt cannot read the result")
    _holds(set(before.nodes) <= set(after.nodes), "a node of the base is gone")
    _holds(bool(before.symbols) or case.keep_symbols or not after.symbols, "symbols were left")
    if case.symbols is None:
        expected = plain(case.base, case.overlays)
        _holds(expected is not None, "libfdt refuses what dtgen applied")
        _holds(merged == expected, "not what libfdt gives")
    elif not case.keep_symbols and _lent(case):
        expected = plain(case.symbols, case.overlays)
        # refused where a labelled node has lost its phandle, which dtgen gives it
        as_with_symbols = expected is None or blob.read(blob.without_symbols(expected), "merged") == after
        _holds(as_with_symbols, "not as with symbols")


def _lent(case: Case) -> bool:
    """Whether the symbols are of the base's own blob, and neither was mutated."""
    try:
        blob.read(case.symbols or b"", "symbols")
        return case.base == blob.without_symbols(case.symbols or b"")
    except (Rejected, libfdt.FdtException):
        return False  # no blob, or one that only dtgen reads


def plain(base: bytes, overlays: Sequence[bytes]) -> bytes | None:
    """libfdt without anything of dtgen's; None where it refuses."""
    for overlay in overlays:
        fdt = libfdt.Fdt(base)
        fdt.resize(len(base) + 2 * len(overlay) + 4096)
        merged = fdt.as_bytearray()
        if libfdt.fdt_overlay_apply(merged, bytearray(overlay)):
            return None
        libfdt.fdt_pack(merged)
        base = bytes(merged[: libfdt.fdt_totalsize(merged)])
    return base


def _holds(true: bool, otherwise: str) -> None:
    if not true:
        raise AssertionError(otherwise)


def work(known: Path, seed: int, numbers: range) -> None:
    """In a child process: a line on stdout for each case that ended well."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    seeds = pickle.loads(known.read_bytes())
    _say("ready")
    memory = next(
        (path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None
    )  # fsync costs nothing there
    with tempfile.TemporaryDirectory(prefix="dtgen-fuzz-", dir=memory) as directory:
        for number in numbers:
            _say(check(make(seeds, seed, number), Path(directory)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


WORKER = (sys.executable, "-X", "faulthandler", str(Path(__file__).resolve()))


def run(
    cases: Sequence[int],
    seed: int,
    tell: Callable[[int], None],
    worker: Sequence[str] = WORKER,
    patience: float = PATIENCE,
    checked: bool = True,
) -> Report:
    """Run consecutive cases. `tell` is called with how many are done.

    `worker`: the command of a child, which is given `--work FILE SEED FIRST LAST`. `checked`: whether with
    glibc's checking allocator, which is slower, and hangs in a copy of a process that has threads.
    """
    outcomes: collections.Counter[str] = collections.Counter()
    failures: list[Failure] = []
    with (
        tempfile.TemporaryDirectory(prefix="dtgen-fuzz-") as directory,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        known = Path(directory) / "pairs"
        known.write_bytes(pickle.dumps(pairs()))

        def chunk(numbers: Sequence[int]) -> None:
            left = list(numbers)
            while left:
                command = [*worker, "--work", str(known), str(seed), str(left[0]), str(left[-1])]
                for outcome in _outcomes(command, patience, checked):
                    number = left.pop(0)
                    if isinstance(outcome, str):
                        outcomes[outcome] += 1
                    else:
                        failures.append(Failure(number, outcome.how))
                    tell(outcomes.total() + len(failures))

        list(pool.map(chunk, (cases[at : at + CHUNK] for at in range(0, len(cases), CHUNK))))
    return Report(outcomes, tuple(sorted(failures, key=lambda failure: failure.number)))


@dataclass(frozen=True, slots=True)
class _Death:
    how: str


def _outcomes(command: Sequence[str], patience: float, checked: bool) -> Iterator[str | _Death]:
    """What a child says of each case; a death, where it comes to one, is the last."""
    # glibc's checking allocator sees, when a buffer is freed, that something wrote beyond its end
    checks = {"LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3", "PYTHONMALLOC": "malloc"}
    environment = {**os.environ, **(checks if checked else {}), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, bufsize=0)
        if child.stdout is None:
            raise ValueError(command)
        hung = False
        try:
            if _line(child.stdout, max(patience, 60)) == "ready":
                while line := _line(child.stdout, patience):
                    yield line
        except TimeoutError:
            hung = True
        finally:
            child.kill() if hung else None
            code = child.wait()
            child.stdout.close()
        errors.seek(0)
        text = errors.read().decode("utf-8", "replace")
    if hung:
        yield _Death(f"no end within {patience} s")
    elif code < 0:
        yield _Death(f"{signal.Signals(-code).name}\n{text}")
    elif code:
        yield _Death(text)


def _line(stream, patience: float) -> str:
    """The next line, empty at the end. Raises: TimeoutError. Unbuffered: select would not see a buffer."""
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], patience)[0]:
            raise TimeoutError
        byte = stream.read(1)
        if not byte:
            return ""
        line += byte
    return line.decode().strip()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="where an earlier run ended")
    parser.add_argument("--case", type=int, help="run this one alone")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        known, seed, first, last = options.work
        work(Path(known), int(seed), range(int(first), int(last) + 1))
        return 0
    first, count = (options.first, options.cases) if options.case is None else (options.case, 1)
    numbers = range(first, first + count)

    def tell(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {len(numbers)} cases")

    report = run(numbers, options.seed, tell)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    known = pairs()
    for failure in report.failures:
        what = make(known, options.seed, failure.number).what
        _say(f"case {failure.number} ({what}): {failure.how.strip()}")
        _say(f"    again: python tests/fuzz.py --seed {options.seed} --case {failure.number}")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
    _say(f"seed {options.seed}, {len(numbers)} cases: {counts or 'none'}, {len(report.failures)} failed")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
