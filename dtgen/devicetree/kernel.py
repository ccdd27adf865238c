"""Boards and overlays of a kernel tree, compiled as kbuild does, in parallel, and cached by content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dtgen import files
from dtgen.devicetree import blob, compiler
from dtgen.devicetree.compiler import Tool
from dtgen.diagnostics import Location, Severity
from dtgen.errors import Rejected, rejected
from dtgen.project import KernelTree, display

Progress = Callable[[int, int], None]

_FORMAT = "1"


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
            return Compilation(source, _compile(tree, source, cache, dtc, cpp, version), None)
        except Rejected as failure:
            return Compilation(source, None, failure)

    done: list[Compilation] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for compilation in pool.map(compile_one, sources):
            done.append(compilation)
            if progress:
                progress(len(done), len(sources))
    return done


def _compile(tree: KernelTree, source: str, cache: Path, dtc: Tool, cpp: Tool, version: str) -> bytes:
    file = tree.source(source)
    text = compiler.preprocess(file, (*tree.include, file.parent), cpp)
    digest = hashlib.sha256(f"{_FORMAT} {version}\n".encode() + text).hexdigest()[:32]
    cached = cache / "bases" / f"{digest}.dtb"
    try:
        data = cached.read_bytes()
        blob.read(data, str(cached))
    except (OSError, Rejected):
        pass  # not there, or damaged: compile it
    else:
        return data
    compiled = compiler.compile_base(text, display(file), dtc)
    if compiled.blob is None:
        first = next(message for message in compiled.messages if message.severity is Severity.ERROR)
        raise rejected("dtc", first.text, Location(first.location.file, first.location.line))
    files.write_atomically(cached, compiled.blob)
    return compiled.blob
