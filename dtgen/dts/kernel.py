"""Boards and overlays of a kernel tree, compiled as kbuild does, in parallel, and cached by content."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dtgen.devicetree import blob
from dtgen.diagnostics import Location
from dtgen.dts import compiler, places, preprocessor
from dtgen.dts.compiler import Tool
from dtgen.errors import Rejected, ToolError
from dtgen.progress import Progress
from dtgen.project import files, layout, store
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass

_FORMAT = "1"
_INCLUDING = re.compile(rb'/inc(?:lude/\s*"|bin/\s*\()')


@dataclass(frozen=True, slots=True)
class Compilation:
    """A source of the tree and its blob, or why it has none."""

    source: str
    blob: bytes | None
    failure: Rejected | None


def compile_sources(
    tree: KernelTree,
    sources: Sequence[str],
    cache: Path,
    dtc: Tool,
    cpp: Tool,
    progress: Progress | None = None,
) -> list[Compilation]:
    """Compile with `-@`. A source that does not compile does not stop the others.

    Raises: ToolError where dtc or cpp cannot be run.
    """
    version = dtc.version()

    def compile_one(source: str) -> Compilation:
        try:
            file = tree.source(source)
            include = (*tree.include, file.parent)
            return Compilation(source, compile_file(file, include, cache, dtc, cpp, version), None)
        except Rejected as failure:
            return Compilation(source, None, failure)
        except files.Unreadable as error:
            return Compilation(source, None, error.refusal())

    done: list[Compilation] = []
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for compilation in pool.map(compile_one, sources):
            done.append(compilation)
            if progress:
                progress(len(done), len(sources))
    return done


def compile_file(
    file: Path, include: Sequence[Path], cache: Path, dtc: Tool, cpp: Tool, version: str
) -> bytes:
    """Preprocess and compile one source with `-@`; `version`: dtc's. Raises: Rejected, ToolError."""
    text = preprocessor.preprocess(file, include, cpp)

    def compiled() -> bytes:
        searched = (file.parent, *include)
        return compiler.compile_base(text, layout.display(file), dtc, searched).required()

    return kept(text, cache, version, compiled)


def kept(text: bytes, cache: Path, version: str, compiled: Callable[[], bytes]) -> bytes:
    """The blob of a preprocessed source, compiled where the cache lacks it; `version`: dtc's."""
    digest = hashlib.sha256(f"{_FORMAT} {version}\n".encode() + text).hexdigest()[:32]
    cached = layout.compiled_bases(cache) / f"{digest}.dtb"
    # what dtc itself includes is not in the digest
    is_whole = not _INCLUDING.search(text)
    if is_whole and (data := store.load(cached)):
        return data
    data = compiled()
    if is_whole:
        with contextlib.suppress(ToolError):  # a full disk
            store.save(cached, data)
    return data


def find_boards(tree: KernelTree, name: str, compatible: str) -> Iterator[Path]:
    """Sources that may be the board: those of its name, then those that mention its compatible."""
    named = sorted(tree.sources.rglob(f"{glob.escape(name)}.dts"))
    yield from named
    if compatible:
        quoted = f'"{compatible}"'.encode()
        for source in sorted(tree.sources.rglob("*.dts")):
            if source not in named and quoted in files.read(source, blob.MAX_SIZE):
                yield source


def deletion(source: Path, include: Sequence[Path], label: str, cpp: Tool) -> Location | None:
    """Where a board's sources delete the node of a label; None where they do not."""
    wanted = re.compile(rf"/delete-node/\s*&{re.escape(label)}\s*;")
    text = preprocessor.preprocess(source, (*include, source.parent), cpp).decode("utf-8", "replace")
    for where, line in zip(places.origins(text, str(source)), text.split("\n"), strict=True):
        if wanted.search(line):
            return Location(layout.display(Path(where.file)), where.line)
    return None
