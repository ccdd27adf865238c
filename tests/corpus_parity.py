"""dtgen's verdicts beside dt-validate's, and those on what changed beside those on the whole: the long run.

    python tests/corpus_parity.py                  332 boards, 44 merged trees, mutated trees, the schemas
    python tests/corpus_parity.py 12               so many of them, spread evenly
    python tests/corpus_parity.py --only monaco    those with this in their names
    python tests/corpus_parity.py --linux 7.2      684 boards of five SoC families

Prints what was compared and every difference; ends with 1 if there is one. dt-validate's answers are
kept in --cache-dir (default: below DTGEN_TEST_CACHE), so that only the first run takes long.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from corpus import ALSO, BOARDS, ROOT, V7_1, V7_2, merged_by_libfdt, unpacked
from decoded import difference
from mutation import KINDS, dense, mutations
from release import EARLIER

from dtgen.bindings.dtschema import SCHEMA_ROOT, UNMATCHED
from dtgen.bindings.messages.violations import MAX_ORIGINAL
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.schemas.prepare import SchemaSet
from dtgen.bindings.violation import Violation
from dtgen.checks.cache import Verdicts
from dtgen.checks.comparison import compare
from dtgen.checks.tree import Inspection, Inspector
from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.dts import compiler, kernel
from dtgen.overlay.merge import Merged
from dtgen.project.files import write_atomically
from dtgen.project.layout import Finder, KernelTree

TOOLS = Path(sys.executable).parent
PATIENCE = 300
"""Seconds; dt-validate has no end on entries of no cells, and fills the memory."""
ADDRESS_SPACE = 2 << 30
ARCHIVES = {"7.1": V7_1, "7.2": V7_2}
SEED = 1
SMALL = 64 << 10
"""Bytes of the boards that single mistakes are made in: hundreds of them are to be compared."""
ROUNDS = 8
"""So many mutations of each kind."""
MISTAKES = 3000

Said = tuple[object, ...]
"""Node, schema, property path, keyword and message; a node whose compatible no schema knows; or what could not
be decoded."""


# Parity


def dt_validate(
    data: bytes, processed: Path, kept: Path | None = None, more: Sequence[str] = ()
) -> frozenset[Said] | None:
    """What dt-validate says of a tree; None where it ends with an exception, or not at all.

    `kept`: its own cache. `more`: options.
    """
    with tempfile.TemporaryDirectory(prefix="dtgen-parity-") as name:
        tree, output = Path(name) / "tree.dtb", Path(name) / "out.json"
        tree.write_bytes(data)
        options = ["-s", processed, "--json-output", output, *more]
        tool = [TOOLS / "dt-validate", *(["--cache-dir", kept] if kept else [])]
        if EARLIER:
            tool = [sys.executable, Path(__file__).with_name("dt_validate.py")]
        try:
            done = subprocess.run(
                [*tool, *options, tree],
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)),
            )
        except subprocess.TimeoutExpired:
            return None
        return frozenset(map(_said, json.loads(output.read_bytes()))) if done.returncode == 0 else None


def _said(told: dict[str, object]) -> Said:
    match told:
        case {"type": "validation", "node": node, "schema": str(schema), "property_path": [*path]}:
            keyword = str(told["schema_path"][-1])  # where a schema is plain false: its key, or its number
            message = told["message"][:MAX_ORIGINAL]
            return (node, schema.removeprefix(SCHEMA_ROOT), tuple(path), keyword, message)
        case {"type": "unmatched", "node": node}:
            return (node, UNMATCHED)
        case {"type": "decode", "message": message}:
            return (message,)
    raise ValueError(told)


def keyword(said: Said) -> object:
    """None of what could not be decoded, and of a compatible that no schema knows."""
    return said[3] if len(said) > 2 else None


def dtgen(inspection: Inspection) -> set[Said]:
    """What the bindings say of a tree, in the same words."""
    problems = {(problem.message,) for problem in inspection.decoded.problems}
    return problems | {
        (c.node, UNMATCHED)
        if c.schema == UNMATCHED
        else (c.node, c.schema, c.property_path, c.keyword, violation.original)
        for violation in inspection.verdict.violations
        for c in (violation.clause,)
    }


@contextmanager
def confined(space: int) -> Iterator[None]:
    """dtschema's decoder, which is dtgen's too, may fill the memory: let that be an exception."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (space, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


# What changed, and the whole


def inspector(engine: Engine) -> Inspector:
    """One that remembers nothing."""
    return Inspector(engine, compiler.find_dtc(), Verdicts(None))


def inspected(by: Inspector, data: bytes, base: Inspection | None = None) -> Inspection:
    """The whole tree. `base`: what it was made from."""
    tree = blob.read(data, "the tree")
    return by.whole(Merged(base.merged.tree if base else tree, tree, data))


def disagreements(by: Inspector, base: Inspection, whole: Inspection) -> list[str]:
    """Where looking at what changed says something else than comparing two whole trees.

    The latter is written out here once more: multisets of keys, and their differences.
    """
    partly = by.after(base, whole.merged)
    found = compare(base.verdict.observations, partly.verdict.observations)
    before, after = (Counter(o.key for o in i.verdict.observations) for i in (base, whole))
    return [
        f"{title}: {sorted(map(str, (one - other) + (other - one)))}"
        for title, one, other in (
            (
                "violations",
                Counter(map(_evidence, whole.verdict.violations)),
                Counter(map(_evidence, partly.verdict.violations)),
            ),
            ("introduced", after - before, Counter(o.key for o in found.introduced)),
            ("fixed", before - after, Counter(o.key for o in found.fixed)),
            ("pre-existing", before & after, Counter(o.key for o in found.pre_existing)),
        )
        if one != other
    ]


def _evidence(violation: Violation) -> Said:
    """All but the wording, which may name what has another label now."""
    return (violation.key, violation.subject, violation.original, violation.innocent)


# The trees


@dataclass(frozen=True, slots=True)
class Case:
    """A tree, and what it was made from, if from anything."""

    name: str
    blob: bytes
    base: bytes | None = None


def cases(tree: KernelTree, directory: Path) -> Iterator[Case]:
    """Every board, every merged tree, and mutations."""
    sources = sorted(str(file.relative_to(tree.sources)) for file in tree.sources.rglob("*.dts"))
    sources += [f"qcom/{name}-el2.dtso" for name in BOARDS]
    compiled = {
        Path(done.source).stem: done.blob or b""
        for done in kernel.compile_sources(
            tree, sources, directory / "cache", compiler.find_dtc(), compiler.find_cpp()
        )
    }
    overlays = {name: compiled.pop(f"{name}-el2") for name in BOARDS}
    yield from (Case(name, data) for name, data in compiled.items())
    for name, overlay in overlays.items():
        named = [base.name for base in boards.load(name, Finder((ROOT,))).bases]
        for base in (*named, *ALSO.get(name, ())):
            yield Case(f"{base}-el2", merged_by_libfdt(compiled[base], overlay), compiled[base])
    small = {name: data for name, data in compiled.items() if len(data) < SMALL}
    each = len(KINDS) * ROUNDS // len(small) + 1
    for seed, (name, data) in enumerate(small.items(), SEED):
        first = seed * each % len(KINDS)  # each board has its turn of all kinds
        made = mutations(data, seed, KINDS[first:] + KINDS[:first])
        yield from (Case(f"{name}, {mutation.name}", mutation.blob, data) for mutation in islice(made, each))
    for seed, (name, data) in enumerate(list(compiled.items())[::30], SEED):
        made = dense(data, seed, MISTAKES)
        yield Case(f"{name}, {made.name}", made.blob, data)


# The run


@dataclass(frozen=True, slots=True)
class Outcome:
    """`diagnostics` is None where dt-validate fails and dtgen must not."""

    name: str
    diagnostics: int | None
    differences: tuple[str, ...]
    doubts: Mapping[str, int] = field(default_factory=dict)
    """How often dtschema was asked, and of what."""


@dataclass(frozen=True, slots=True)
class Bindings:
    """What the processes of the pool are told of a set of schemas."""

    source: Path
    """A directory or a processed file."""
    cache: Path

    def prepared(self) -> SchemaSet:
        if self.source.is_file():
            return prepare.processed(self.source, self.cache)
        return prepare.prepare(self.source, (), self.cache)


def compared(case: Case, bindings: Bindings, processed: Path, kept: Path | None) -> Outcome:
    """In a process of the pool."""
    theirs, differences = dt_validate(case.blob, processed, kept), []
    doubts: Counter[str] = Counter()
    try:
        by = _inspector(bindings)
        doubts = by.engine.doubts
        doubts.clear()
        differences += decoded_otherwise(by.engine, case.blob)
        base = _base(bindings, case.base) if case.base else None
        with confined(ADDRESS_SPACE):
            whole = inspected(by, case.blob, base)
        ours = dtgen(whole)
        differences += [f"dtgen fills the memory: {said}" for said in ours if "MemoryError" in str(said)]
        if theirs is not None:
            differences += [f"dt-validate alone says: {said}" for said in sorted(theirs - ours, key=str)]
            differences += [f"dtgen alone says: {said}" for said in sorted(ours - theirs, key=str)]
        if base:
            differences += disagreements(by, base, whole)
    except Exception as error:  # noqa: BLE001  a tree is no reason for one
        differences.append(f"dtgen raises {error!r}")
    return Outcome(case.name, None if theirs is None else len(theirs), tuple(differences), dict(doubts))


def decoded_otherwise(engine: Engine, data: bytes) -> list[str]:
    """Where dtgen's decoder is certain, and dtschema's finds something else."""
    tree = blob.read(data, "the tree")
    try:
        ours = engine._decoder.decode(tree)
    except Exception:  # noqa: BLE001  dtschema is asked
        return []
    theirs, problems = Engine.decode(engine, data, tree)
    found = difference(theirs, ours) or "; ".join(problem.message for problem in problems)
    return [f"decoded otherwise: {found}"] if found else []


@cache
def _inspector(bindings: Bindings) -> Inspector:
    return inspector(bindings.prepared().load())


@lru_cache(4)
def _base(bindings: Bindings, data: bytes) -> Inspection:
    return inspected(_inspector(bindings), data)


def schema_differences(bindings: Path, processed: Path) -> list[str]:
    """Between dt-mk-schema's own output and ours, but for the names of files, and for order."""
    made = subprocess.run([TOOLS / "dt-mk-schema", "-j", bindings], capture_output=True, check=True).stdout
    ours, theirs = json.loads(processed.read_bytes()), json.loads(made)
    for schema in (*ours.values(), *theirs.values()):
        if isinstance(schema, dict):
            schema.pop("$filename", None)
    if EARLIER:
        # of `phandle-array` and `uint32-matrix`, the one whose file the file system names first
        for schemas in (ours, theirs):
            schemas["generated-types"]["properties"].pop("gpios")
    for key in (key for key in {*ours, *theirs} if key.startswith("generated-")):
        ours[key], theirs[key] = _ordered(ours.get(key)), _ordered(theirs.get(key))
    return [key for key in sorted({*ours, *theirs}) if ours.get(key) != theirs.get(key)]


def _ordered(value: object) -> object:
    """Types and compatibles are collected in the order of the files, which dt-mk-schema leaves to chance."""
    if isinstance(value, dict):
        return {name: _ordered(entry) for name, entry in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict | str):
        return sorted(map(_ordered, value), key=lambda entry: json.dumps(entry, sort_keys=True))
    return value


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell(done: int, of: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {of} trees" + ("\n" if done == of else ""))


def run(chosen: Sequence[Case], bindings: Bindings, processed: Path, kept: Path | None) -> list[Outcome]:
    outcomes = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compared, case, bindings, processed, kept) for case in chosen]
        for job in jobs:
            outcomes.append(job.result())
            for difference in outcomes[-1].differences:
                _say(f"{outcomes[-1].name}: {difference}")
            _tell(len(outcomes), len(jobs))
    return outcomes


def as_file(schemas: SchemaSet, directory: Path) -> Path:
    """The same set for dt-validate."""
    file = directory / f"{schemas.file.stem}.json"
    if not file.exists():
        write_atomically(file, schemas.processed())
    return file


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("limit", nargs="?", type=int, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument(
        "--linux", choices=ARCHIVES, default="7.1", help="7.2: 684 boards of five SoC families"
    )
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    parser.add_argument("-s", "--schema", type=Path, metavar="FILE", help="processed; default: the corpus's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dtgen-parity-") as name:
        directory = Path(os.environ.get("DTGEN_TEST_CACHE", name))
        directory.mkdir(parents=True, exist_ok=True)
        tree = unpacked(directory, ARCHIVES[options.linux])
        if tree is None:
            sys.exit("there is no corpus (set DTGEN_CORPUS)")
        found = [case for case in cases(tree, directory) if options.only in case.name]
        chosen = found[:: max(1, len(found) // options.limit)][: options.limit] if options.limit else found
        bindings = Bindings(options.schema or tree.bindings, directory / "cache")
        processed = options.schema or as_file(bindings.prepared(), directory)
        outcomes = run(chosen, bindings, processed, options.cache_dir or directory / "dt-validate")
        partial = options.limit or options.only
        different = [] if partial else schema_differences(tree.bindings, processed)
    for key in different:
        _say(f"schemas: {key} is not as dt-mk-schema has it")
    decoded = [outcome.diagnostics for outcome in outcomes if outcome.diagnostics is not None]
    differences = sum(len(outcome.differences) for outcome in outcomes) + len(different)
    doubts = sum((Counter(outcome.doubts) for outcome in outcomes), Counter[str]())
    _say(f"dtschema was asked of {', '.join(f'{what}: {times}' for what, times in sorted(doubts.items()))}")
    _say(
        f"{len(outcomes)} trees, {sum(case.base is not None for case in chosen)} of them compared with a base, "
        f"{len(outcomes) - len(decoded)} that dt-validate fails on: "
        f"{sum(decoded)} diagnostics, {differences} differences"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
