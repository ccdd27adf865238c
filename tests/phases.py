"""What trees take, part by part, in a process that has done nothing before: `bench.py profile` runs it.

    python tests/phases.py BINDINGS TREE…

Prints, as JSON, the milliseconds of processors of each part for the first tree, and their means for those that follow.
Other than in `dtgen validate`, dtc's checks are waited for, and not made beside the rest.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

_spent: defaultdict[str, float] = defaultdict(float)


@contextmanager
def part(name: str) -> Iterator[None]:
    started = _used()
    yield
    _spent[name] += (_used() - started) * 1000


def _used() -> float:
    """Seconds of processors, with those of programs that were run."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def taken() -> dict[str, float]:
    """Since the last time."""
    found = dict(_spent)
    _spent.clear()
    return found


def main() -> None:
    bindings, *files = map(Path, sys.argv[1:])
    with part("import dtgen, with click and what it imports"):
        for name in ("dtgen.cli", "dtgen.commands.validate", "dtgen.report.text"):
            import_module(name)
        from dtgen import rules
        from dtgen.bindings import validator
        from dtgen.bindings.plain import PAS_COMMON, Engine
        from dtgen.bindings.select import choose
        from dtgen.checks.findings import run
        from dtgen.devicetree import blob
        from dtgen.dts import compiler
        from dtgen.hardware.system import System
        from dtgen.overlay.merge import Merged
        from dtgen.project.layout import cache_directory
    with part("find that no schema has changed, and load the set"):
        engine = choose(bindings, cache_directory(), lambda what, done, of: None).engine

    ask_dtschema = Engine._errors

    def errors(self: Engine, *node: Any) -> Iterator[Any]:
        with part("(of validating: dtschema, where something may be wrong)"):
            yield from list(ask_dtschema(self, *node))

    Engine._errors = errors  # type: ignore[method-assign]

    def look(file: Path) -> None:
        with part("check and read the blob"):
            data = file.read_bytes()
            merged = Merged.unchanged(blob.read(data, file.name), data)
        with part("decode it"):
            decoded = validator.decode(engine, data, merged.tree)
        with part("validate its nodes"):
            list(validator.validate(engine, decoded))
        with part("compatibles that no schema knows"):
            validator.undocumented(engine, decoded)
        with part("rules"):
            list(run(rules.MERGED, System(merged, None, engine.limit(PAS_COMMON, "iommus"))))
        with part("dtc's checks (another process)"), compiler.checking(data, compiler.find_dtc()) as checks:
            checks()

    look(files[0])
    first = taken()
    for file in files[1:]:
        look(file)
    following = {name: spent / (len(files) - 1) for name, spent in taken().items()}
    json.dump({"first": first, "following": following}, sys.stdout)


if __name__ == "__main__":
    main()
