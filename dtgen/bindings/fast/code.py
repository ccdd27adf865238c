"""Functions that were generated of a set's schemas, kept beside the set, as code of one interpreter.

To compile what the nodes of one board ask takes as long as to ask it, in each process anew. So what was
compiled in one is generated as Python at its end, and only loaded by the next. What is kept is dtgen's own:
schemas are in it as literals alone. `project.store` takes no file that others can have written.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import marshal
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import CodeType

from dtgen.errors import ToolError
from dtgen.project import files, store
from dtgen.validity.generated import Functions
from dtgen.validity.place import place

_MOST = 32 << 20
"""Bytes that are kept: all boards of a vendor need half of it."""
_AT_ONCE = 1000
"""Functions that one process generates, in a third of a second: what one board asks."""
_HEAD = struct.Struct("<64sQ")


def beside(prepared: Path) -> Path:
    """Where the code of a set is kept; of another interpreter it would be another."""
    interpreter = hashlib.sha256(sys.version.encode()).hexdigest()[:8]
    return prepared.with_suffix(f".{sys.implementation.cache_tag}-{interpreter}.code")


class Code(Mapping[str, bytes]):
    """What is kept, by the keys of functions; each is read when it is asked for.

    The file: the digest of the index, its length, the index, the functions one after the other; the index has
    where each begins and ends, and its checksum.
    """

    def __init__(self, file: Path) -> None:
        """Empty where the file is missing, damaged, or not its user's own."""
        self._index: dict[str, tuple[int, int, int]] = {}
        try:
            with files.own(file) as stream:
                self._data = mmap(stream.fileno(), 0, access=ACCESS_READ)
            digest, length = _HEAD.unpack_from(self._data)
            self._start = _HEAD.size + length
            index = self._data[_HEAD.size : self._start]
            if digest == store.digest(file, index):
                self._index = marshal.loads(index)
                store.used(file)
        except (OSError, ValueError, struct.error):
            pass

    def __getitem__(self, key: str) -> bytes:
        """Raises: KeyError, also where it is damaged."""
        start, end, checksum = self._index[key]
        found = self._data[self._start + start : self._start + end]
        if zlib.crc32(found) != checksum:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


def keep(file: Path, functions: Functions) -> None:
    """Generate what was compiled, and write it down; or not, if that fails, or the set's folder is gone."""
    if not functions.compiled or not file.parent.exists():
        return
    before = Code(file)  # another process may have kept more
    kept = {key: found for key in before if (found := before.get(key))}
    size, sound = sum(map(len, kept.values())), len(kept)
    for key, made in generated(functions, kept):
        if size > _MOST or len(kept) == sound + _AT_ONCE:
            break
        kept[key] = made
        size += len(made)
    if len(kept) > sound:
        _write(file, kept)


def _write(file: Path, kept: Mapping[str, bytes]) -> None:
    ends = [0, *itertools.accumulate(map(len, kept.values()))]
    places = zip(ends, ends[1:], map(zlib.crc32, kept.values()), strict=False)
    index = marshal.dumps(dict(zip(kept, places, strict=True)))
    head = _HEAD.pack(store.digest(file, index), len(index))
    with contextlib.suppress(ToolError):
        files.write_privately(file, b"".join([head, index, *kept.values()]), durably=False)
        store.make_room(file.parent, ends[-1])


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
