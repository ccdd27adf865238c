"""Functions that were generated of a set's schemas, kept beside the set, as code of one interpreter.

To compile what the nodes of one board ask takes as long as to ask it, in each process anew. So what was
compiled in one is generated as Python at its end, and only loaded by the next. What is kept is dtgen's own:
schemas are in it as literals alone. `project.store` takes no file that others can have written.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType

from dtgen.errors import ToolError
from dtgen.project import store
from dtgen.validity.generated import Functions
from dtgen.validity.place import place

_MOST = 4 << 20
"""Bytes that are kept: twice what a board needs; to read more takes longer than it saves."""
_AT_ONCE = 300
"""Functions that one process generates, in a tenth of a second."""


def beside(prepared: Path) -> Path:
    """Where the code of a set is kept; of another interpreter it would be another."""
    interpreter = hashlib.sha256(sys.version.encode()).hexdigest()[:8]
    return prepared.with_suffix(f".{sys.implementation.cache_tag}-{interpreter}.code")


def load(file: Path) -> dict[str, bytes]:
    """By key; nothing where the file is missing, damaged, or not its user's own."""
    data = store.load(file)
    found: dict[str, bytes] = marshal.loads(data) if data else {}
    return found


def keep(file: Path, functions: Functions) -> None:
    """Generate what was compiled, and write it down; or not, if that fails, or the set's folder is gone."""
    if not functions.compiled or not file.parent.exists():
        return
    kept = load(file)  # another process may have kept more
    before, size = len(kept), sum(map(len, kept.values()))
    for key, made in generated(functions, kept):
        kept[key] = made
        size += len(made)
        if size > _MOST or len(kept) >= before + _AT_ONCE:
            break
    if len(kept) > before:
        with contextlib.suppress(ToolError):
            store.save(file, marshal.dumps(kept), durably=False)


def generated(functions: Functions, known: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Each function that was compiled, and is not known, by its key."""
    from dtgen.validity.expressions import writer

    written, seen = writer(functions.valid), set(known)
    left = functions.compiled[::-1]
    while left:
        key = left.pop()
        if key in seen:
            continue
        seen.add(key)
        where = place(key)
        try:
            text = written.function(where, functions.reached(where))
            made = compile(text, "", "eval")
        except Exception:  # noqa: BLE001  whatever a foreign schema provokes, it is compiled each time then
            continue
        yield key, marshal.dumps(_bare(made))
        left += written.needed
        written.needed.clear()


def _bare(code: CodeType) -> CodeType:
    """Without what only tracebacks need, which is half of it."""
    constants = (_bare(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_linetable=b"", co_consts=tuple(constants))
