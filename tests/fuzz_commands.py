"""All commands on inputs that have the shape of real ones: no exit 3, no signal, no hang, no memory, no lie.

    python tests/fuzz_commands.py [--cases N] [--first N] [--seed S]      all of them, in child processes
    python tests/fuzz_commands.py --seed S --case N                       that one again, its files in --save

A case is made from the seed and its number alone.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path

import fuzz
import fuzz_inputs
from fuzz_inputs import ROOT, Writer, garbled

from dtgen.cli import cli, exit
from dtgen.description.importing.proof import Content, differences
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Subject
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.hardware.iommu import PLAIN_ID_BITS, StreamMatch
from dtgen.overlay.merge import merge

CASES = 20_000
HANG = 20
"""Seconds of processor time that a case may take; of the clock, ten times as many on a busy machine."""
MEMORY = 500 << 20
"""Bytes that a case may take beyond what the process has."""
_IMPORTS = 1 << 30
"""Bytes of address space that what is loaded later may take."""


def run(*arguments: str) -> tuple[int, str]:
    """dtgen in this process: its exit code and its stdout. Raises: AssertionError where it is 3."""
    out, errors = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace"), io.StringIO()
    argv, sys.argv = sys.argv, ["dtgen", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = exit.run(cli)
    finally:
        sys.argv = argv
    out.flush()
    fuzz._holds(
        code in (exit.CLEAN, exit.FINDINGS, exit.USAGE), f"{' '.join(arguments)}\n{errors.getvalue()}"
    )
    fuzz._holds(
        code != exit.USAGE or bool(errors.getvalue()), f"{' '.join(arguments)}: exit 2 without a word"
    )
    return code, out.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]


def _compiled(text: str, overlay: bool) -> bytes | None:
    make = compiler.compile_overlay if overlay else compiler.compile_base
    try:
        return make(text.encode("utf-8", "surrogateescape"), "x.dts", compiler.find_dtc()).blob
    except (Rejected, ToolError):
        return None


# What is done with blobs


def stacks(rng: random.Random) -> None:
    """`apply` gives what libfdt gives, and knows what each overlay wrote."""
    writer = Writer(rng)
    base = _compiled(writer.base(), overlay=False)
    overlays = [_compiled(writer.overlay(), overlay=True) for _ in range(rng.choice((1, 1, 2, 3)))]
    if base is None or None in overlays:
        return
    given = [data for data in overlays if data]
    if rng.random() < 0.1:
        base = blob.without_symbols(base)
    _write("base.dtb", base)
    files = [_write(f"o{number}.dtbo", data) for number, data in enumerate(given)]
    code, _ = run("apply", "base.dtb", *files, "-o", "out.dtb")
    expected = fuzz.plain(base, given)
    fuzz._holds((code == 0) == Path("out.dtb").exists(), "an output for an error, or none for a success")
    if code == 0:
        fuzz._holds(expected is not None, "libfdt refuses what dtgen applied")
        merged = Path("out.dtb").read_bytes()
        if blob.read(base, "base").symbols:
            fuzz._holds(merged == expected, "not what libfdt gives")
        else:  # what the overlays bring is of no use to anyone
            plain = blob.without_symbols(expected or b"")
            fuzz._holds(blob.read(merged, "x") == blob.read(plain, "x"), "not what libfdt gives")
        _origins(base, given[0])
    run("diff", "base.dtb", files[0])
    if code == 0 and rng.random() < 0.5:
        run("diff", "base.dtb", "out.dtb", "--format", rng.choice(("text", "json")))
        run("validate", "out.dtb", "--against", "base.dtb", "--no-result-cache")


def _origins(base: bytes, overlay: bytes) -> None:
    """What is other bytes than in the base was written by the overlay, and nothing else."""
    before, parsed = blob.read(base, "base"), Overlay.of(blob.read(overlay, "overlay"))
    merged = merge(before, base, parsed, overlay)
    for path, node in merged.tree.nodes.items():
        if path.startswith("/__symbols__"):
            continue
        old = before.nodes.get(path)
        fuzz._holds(old is not None or Subject(path) in merged.origins, f"{path} comes from nowhere")
        for name, prop in node.properties.items():
            if old is None or name not in old.properties or old.properties[name].value != prop.value:
                fuzz._holds(Subject(path, name) in merged.origins, f"{path}: {name} comes from nowhere")
    for place, origin in merged.origins.items():
        node = merged.tree.nodes[place.path]
        if place.property and not place.path.startswith("/__symbols__"):
            written = parsed.tree.nodes[origin.path].properties[place.property].value
            fuzz._holds(
                len(node.properties[place.property].value) == len(written), f"{place} was written over"
            )


def trees(rng: random.Random) -> None:
    """What is said of a tree, whole or damaged."""
    data = _compiled(Writer(rng).base(), overlay=False)
    if data is None:
        return
    for _ in range(rng.choice((0, 0, 1, 2))):
        data = rng.choice(fuzz.MUTATIONS)(rng, data, data)
    _write("t.dtb", data)
    commands = [
        (
            "validate",
            "t.dtb",
            "--no-result-cache",
            "--format",
            rng.choice(("text", "json", "sarif", "github")),
        ),
        ("validate", "t.dtb", "--no-result-cache", "--el2", rng.choice(("pas", "no-pas")), "-v"),
        ("streams", "t.dtb", "--format", rng.choice(("text", "json", "svg"))),
        ("memory", "t.dtb", "--format", rng.choice(("text", "json", "svg"))),
        ("new", "mine", "--base", "t.dtb", "--el2", "pas", "-o", "-"),
        ("live", "t.dtb", "t.dtb"),
        ("check", "t.dtb"),
        ("diff", "t.dtb", "t.dtb"),
    ]
    for command in rng.sample(commands, 3):
        run(*command)


def sources(rng: random.Random) -> None:
    """`format` changes no bytes of the blob, `import` gives what comes out again, `check` ends."""
    writer = Writer(rng)
    writer.base()
    text = writer.overlay()
    if rng.random() < 0.4:
        text = garbled(
            rng, text, ("&l0", "/incbin/", "/delete-node/", "/*", "//", "#include", "fragment@0", "/bits/")
        )
    _write("o.dtso", text.encode("utf-8", "surrogateescape"))
    before = _compiled(text, overlay=True)
    if rng.random() < 0.5:
        run("check", "o.dtso")
    code, _ = run("format", "o.dtso")
    after = _compiled(Path("o.dtso").read_bytes().decode("utf-8", "surrogateescape"), overlay=True)
    fuzz._holds((before is None) == (after is None), f"`format` changes whether it compiles (exit {code})")
    if before and after:
        _same(before, after, "what is formatted")
    if before and rng.random() < 0.5:
        file = _write("o.dtbo", before)
        Path("boards").mkdir()
        code, _ = run("import", rng.choice((file, "o.dtso")), "--name", "mine", "-o", "boards/mine.yaml")
        if code == 0:
            written = Path("boards/mine.yaml").read_text()
            _write(
                "boards/mine.yaml",
                _OPEN.sub(lambda m: f"{m[1]}: {_ANSWERS.get(m[1], 'x')}", written).encode(),
            )
            code, rendered = run("render", "mine")
            fuzz._holds(code == 0, f"what was imported cannot be rendered: {rendered}")
            again = _compiled(rendered, overlay=True)
            fuzz._holds(again is not None, "what was imported cannot be compiled")
            if before and again:
                _same(before, again, "what was imported")


def _same(one: bytes, other: bytes, what: str) -> None:
    """Of two overlays, however their fragments are ordered."""
    contents = [Content.of(blob.read(data, "x")) for data in (one, other)]
    found = list(differences(*contents))
    fuzz._holds(not found, f"{what} does something else: {found[:1]}")


_OPEN = re.compile(r"(\w+): TODO\b.*")
_ANSWERS = {"compatible": "['v,b']", "license": "BSD-3-Clause", "pas_at_el2": "false"}

# Files that people write


def descriptions(rng: random.Random) -> None:
    known = fuzz_inputs.descriptions()
    name = rng.choice(sorted(known))
    Path("boards").mkdir()
    if rng.random() < 0.7:
        text = json.dumps(fuzz_inputs.mutated(rng, known[name], rng.randint(1, 4)) | {"name": "mine"})
    else:
        text = garbled(
            rng, (ROOT / f"boards/{name}.yaml").read_text(), ("&a", "*a", "<<:", "- ", "|", "!!x", "null")
        )
        text = text.replace(f"name: {name}", "name: mine")
    _write("boards/mine.yaml", text.encode("utf-8", "surrogateescape"))
    for command in rng.sample((("render", "mine"), ("show", "mine"), ("list",), ("check", "boards/mine.yaml"),
                               ("build", "mine", "-q"), ("diff", "boards/mine.yaml", name)), 2):  # fmt: skip
        run(*command)


_TEMPLATE = """/dts-v1/;
/plugin/;
{% macro m(x, n=3) %}{{ x | cell }}{% endmacro %}
{% for target in targets %}
{{ target | reference }} {
{% for p in target.properties %}{{ p | property }}{% endfor %}
{% set y = [1, 2, 3] %}{% do y | length %}
{% if target.children and not false %}{{ board.name | comment }}{% else %}{{ m(1) }}{% endif %}
};
{% endfor %}
"""


def templates(rng: random.Random) -> None:
    own = (ROOT / "templates/overlay.dtso.j2").read_text()
    text = garbled(rng, rng.choice((_TEMPLATE, own)), ("{{", "}}", "{%", "%}", "range(99999999)", "m(m(1))", "~", "*", "| list",
                                                      "recursive", "loop(targets)", "{% include 't.j2' %}"))  # fmt: skip
    Path("boards").mkdir()
    Path("templates").mkdir()
    _write("templates/t.j2", text.encode("utf-8", "surrogateescape"))
    _write("boards/mine.yaml", b"name: mine\nextends: lemans\noverlay: {template: t.j2}\n")
    run("render", "mine")


@cache
def _bindings() -> tuple[dict[str, object], ...]:
    from dtgen.description import yaml

    files = sorted((ROOT / "schemas/bindings").rglob("*.yaml"))
    return tuple(yaml.parse(file.read_text(), file.name).data for file in files if file.stat().st_size < 6000)


def _binding(data: Mapping[str, object]) -> str:
    """A key a line: it is by these that a file is known for a binding."""
    return "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in data.items())


def bindings(rng: random.Random) -> None:
    Path("bindings").mkdir()
    for number in range(rng.randint(1, 3)):
        data = fuzz_inputs.tree_like(rng, dict(rng.choice(_bindings())))
        _write(f"bindings/b{number}.yaml", _binding(data).encode())
    run("check", "bindings/b0.yaml", "--no-cache")
    if rng.random() < 0.1 and (data := _compiled(Writer(rng).base(), overlay=False)):
        _write("t.dtb", data)
        run("validate", "t.dtb", "--bindings", "bindings", "--no-cache")


_TABLES = {
    "extlinux.conf": "default el2\nlabel el2\n  kernel /Image\n  fdt /dtb/base.dtb\n  fdtoverlays /dtb/o.dtbo /dtb/p.dtbo\n  append x\n",
    "loader/entries/a.conf": "title a\nlinux /Image\ndevicetree /base.dtb\ndevicetree-overlay /o.dtbo /p.dtbo\n",
    "x.inc": 'FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "base o"\nFIT_DTB_COMPATIBLE[a] += "base"\n',
    "Makefile": "dtb-$(CONFIG_ARCH_QCOM) += base.dtb\nbase-el2-dtbs := base.dtb o.dtbo\ndtb-y += base-el2.dtb\n",
    "x.its": '/dts-v1/;\n/ { images { fdt-1 { data = /incbin/("base.dtb"); type = "flat_dt"; compression = "none"; }; };\n'
    'configurations { default = "c"; c { fdt = "fdt-1", "o"; compatible = "a"; }; }; };\n',
}  # fmt: skip


def tables(rng: random.Random) -> None:
    writer = Writer(rng)
    for name, text, overlay in (("base.dtb", writer.base(), False), ("o.dtbo", writer.overlay(), True)):
        if data := _compiled(text, overlay):
            _write(name, data)
    name = rng.choice(sorted(_TABLES))
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    _write(
        name, garbled(rng, _TABLES[name], ("base.dtb", "o.dtbo", "\\\n", "$(x)", "${x}", "+=", "#")).encode()
    )
    run("check", name)


_LOG = """[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x51af8014]
[    0.000000] Linux version 6.16.0 (x@y) (gcc) #1 SMP PREEMPT
[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK
[    0.000000] CPU: All CPU(s) started at EL2
[    1.500000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x1000, fsynr=0x1, cbfrsynra=0x3000, cb=2
[    2.000000] qcom_q6v5_pas 30000000.remoteproc: failed to authenticate image and release reset
[    3.000000] Internal error: synchronous external abort: 0000000096000010 [#1] SMP
[    9.000000] Kernel panic - not syncing: VFS: Unable to mount root fs
"""


def logs(rng: random.Random) -> None:
    data = garbled(rng, _LOG, ("[    0.000000]", "Kernel panic", "EL1", "iommu", "\x1b[0m")).encode(
        "utf-8", "surrogateescape"
    )
    if rng.random() < 0.2:
        data = rng.choice(fuzz.MUTATIONS)(rng, data, data)
    _write("boot.log", data)
    more = []
    if rng.random() < 0.4 and (tree := _compiled(Writer(rng).base(), overlay=False)):
        more = ["--tree", _write("t.dtb", tree)]
    run("diagnose", "boot.log", *more, "--format", rng.choice(("text", "json", "sarif")))


_SETTINGS = '[severity]\nattach-overlap = "warning"\n[[overlay]]\nfiles = "*.dtso"\nbases = ["b.dtb"]\n'


def projects(rng: random.Random) -> None:
    """Settings, and a directory with files of all kinds and none."""
    text = _SETTINGS
    if rng.random() < 0.3:  # nearly any damage ends a run at once
        text = garbled(rng, text, ("[", "]]", "=", "kernel", "true"))
    _write("dtgen.toml", text.encode("utf-8", "surrogateescape"))
    Path("d").mkdir()
    writer = Writer(rng)
    _write("b.dtb", _compiled(writer.base(), overlay=False) or b"")
    _write("d/g.dtb", _compiled(writer.base(), overlay=False) or b"")
    for name in rng.sample(("a.dtb", "b.dts", "c.dtso", "d.yaml", "e.dtbo", "f.dtsi", "Makefile"), 3):
        kind = rng.randrange(4)
        if kind == 0:
            os.mkfifo(f"d/{name}")
        elif kind == 1:
            Path(f"d/{name}").symlink_to(rng.choice(("/dev/zero", "nowhere", ".", name, "/dev/null")))
        else:
            _write(
                f"d/{name}",
                rng.choice((writer.base(), writer.overlay(), "name: x\n", "", '#include "a.dtb"\n')).encode(),
            )
    run("check", "d")
    run("validate", "d", "--no-result-cache")


# What is computed, against what is counted


def streams(rng: random.Random) -> None:
    """Matches of stream IDs against all 2¹⁵ of them."""
    width = (1 << PLAIN_ID_BITS) - 1

    def match() -> StreamMatch:
        return StreamMatch(
            rng.randrange(width + 1), rng.choice((0, 1, 3, 0x400, 0x7C00, rng.randrange(width + 1)))
        )

    given = [match() for _ in range(3)]
    given.append(StreamMatch(given[0].id ^ 1, given[0].mask))
    ids = {each: {id for id in range(width + 1) if each.matches(id)} for each in given}
    for each in given:
        fuzz._holds(len(ids[each]) == each.count, f"{each}: {len(ids[each])} IDs")
        cut = each.truncated(8)
        fuzz._holds(
            {id & 0xFF for id in ids[each]} == {id for id in range(256) if cut.matches(id)},
            f"{each} truncated",
        )
    for one, other in combinations(ids, 2):
        common = one.intersection(other)
        both = ids[one] & ids[other]
        fuzz._holds(one.intersects(other) == bool(both), f"{one} and {other}")
        fuzz._holds((common is None and not both) or (common is not None and all(map(common.matches, both))
                    and common.count == len(both)), f"{one} and {other} have others in common")  # fmt: skip
        fuzz._holds(one.contains(other) == (ids[other] <= ids[one]), f"{one} contains {other}")


KINDS: tuple[tuple[Callable[[random.Random], None], int], ...] = (
    (stacks, 20), (trees, 20), (sources, 20), (descriptions, 10), (templates, 5), (bindings, 5), (tables, 8), (logs, 6),
    (projects, 4), (streams, 2),
)  # fmt: skip
"""And how many of a hundred cases are of it."""


def kind_of(rng: random.Random) -> Callable[[random.Random], None]:
    return rng.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]


def _write(name: str, data: bytes) -> str:
    Path(name).write_bytes(data)
    return name


def case(seed: int, number: int, directory: Path) -> str:
    """Its kind. Raises: whatever goes wrong."""
    rng = random.Random(f"{seed} {number}")
    kind = kind_of(rng)
    directory.mkdir(parents=True, exist_ok=True)
    os.chdir(directory)
    kind(rng)
    return kind.__name__


def work(seed: int, numbers: range, memory: bool = True) -> None:
    """In a child process: a line on stdout for each case that ended well."""
    said = os.fdopen(os.dup(1), "w")
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="dtgen-fuzz-", dir=place) as directory:
        os.environ.setdefault("DTGEN_CACHE", f"{directory}/cache")
        os.environ["TMPDIR"] = directory
        (Path(directory) / "empty").mkdir()
        os.chdir(f"{directory}/empty")
        _write("t.dtb", _compiled("/dts-v1/;\n/ { };\n", overlay=False) or b"")
        run("validate", "t.dtb")  # what is loaded at the first time alone
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY + _IMPORTS,) * 2)
        faulthandler.register(signal.SIGPROF, chain=True)  # then it ends
        said.write("ready\n")
        said.flush()
        for number in numbers:
            faulthandler.dump_traceback_later(10 * HANG, exit=True)
            signal.setitimer(signal.ITIMER_PROF, HANG)
            done = case(seed, number, Path(directory) / str(number))
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
            os.chdir(directory)
            shutil.rmtree(Path(directory) / str(number), ignore_errors=True)
            said.write(f"{done}\n")
            said.flush()


WORKER = (sys.executable, "-X", "faulthandler", str(Path(__file__).resolve()))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="where an earlier run ended")
    parser.add_argument("--case", type=int, help="run this one alone")
    parser.add_argument(
        "--save", type=Path, default=Path("build/fuzz"), help="where the files of failures go"
    )
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        _, seed, first, last = options.work
        work(int(seed), range(int(first), int(last) + 1))
        return 0
    if options.case is not None:
        sys.stdout.write(f"{case(options.seed, options.case, options.save.absolute() / str(options.case))}\n")
        return 0

    def tell(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {options.cases} cases")

    cases = range(options.first, options.first + options.cases)
    report = fuzz.run(cases, options.seed, tell, WORKER, patience=11 * HANG, checked=False)
    for failure in report.failures:
        again = f"python tests/fuzz_commands.py --seed {options.seed} --case {failure.number}"
        sys.stdout.write(f"case {failure.number}: {failure.how.strip()}\n    again: {again}\n")
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(report.outcomes.items()))
    sys.stdout.write(f"seed {options.seed}, {options.cases} cases: {counts}; {len(report.failures)} failed\n")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
