"""Sets of schema files, prepared once per content and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dtgen.bindings import engine
from dtgen.bindings.engine import Engine, Schema, SchemaProblem
from dtgen.errors import ToolError
from dtgen.files import write_atomically
from dtgen.progress import Progress

_FORMAT = "3"
_PARALLEL_FROM = 200
_CHUNK = 50


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """A prepared set on disk."""

    processed: Path
    problems: tuple[SchemaProblem, ...]

    def load(self, complete: bool = True) -> Engine:
        """`complete`: whether a property that no schema knows is wrong."""
        return Engine(self.processed, complete)


def prepare(
    directory: Path, replacements: tuple[Path, ...], cache: Path, progress: Progress | None = None
) -> SchemaSet:
    """The schemas below `directory` with dtschema's own.

    `replacements`: files that stand in for those of the same `$id`.
    Raises: ToolError where the directory has no schema or the cache cannot be written.
    """
    files = sorted(directory.rglob("*.yaml"))
    if not files:
        raise ToolError(f"there is no schema (*.yaml) below {directory}", "give a directory of bindings")
    core = engine.core_schemas()
    names = [file.name for file in replacements]
    names += [str(file.relative_to(directory)) for file in files]
    names += [str(file.relative_to(core)) for file in sorted(core.rglob("*.yaml"))]
    files = [*replacements, *files, *sorted(core.rglob("*.yaml"))]
    key = _key(names, files)
    folder = cache / "schemas"
    cached = _cached(folder, key, directory)
    if cached:
        return cached
    schemas, problems = _process(files, progress)
    known = dict(zip(map(str, files), names, strict=True))
    for schema in schemas.values():
        schema["$filename"] = known[schema["$filename"]]
    text = json.dumps([[known[p.file], p.line, p.message] for p in problems])
    data = engine.assemble(schemas).encode()
    digest = hashlib.sha256(data).hexdigest()[:16]
    processed = folder / f"{key}.{digest}.json"
    write_atomically(folder / f"{key}.problems", text.encode())
    write_atomically(processed, data)
    return SchemaSet(processed, tuple(problems))


def knows(file: Path, name: str) -> bool:
    """Whether a schema defines a property; true where there is no schema that can be read."""
    schema, _ = engine.process(str(file)) if file.is_file() else (None, None)
    return schema is None or name in schema.get("properties", {})


def _key(names: list[str], files: list[Path]) -> str:
    """Of the content: the same files elsewhere have the same key."""
    digest = hashlib.sha256(f"{_FORMAT} {engine.version()}".encode())
    for name, file in zip(names, files, strict=True):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ToolError(f"cannot read {file}: {error.strerror}") from error
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:32]


def _cached(folder: Path, key: str, directory: Path) -> SchemaSet | None:
    """The set in the cache, None where it is missing or damaged."""
    for processed in folder.glob(f"{key}.*.json"):
        try:
            data = processed.read_bytes()
            listed = json.loads((folder / f"{key}.problems").read_bytes())
            problems = tuple(SchemaProblem(str(directory / file), *more) for file, *more in listed)
        except (OSError, ValueError, TypeError):
            continue
        if processed.name == f"{key}.{hashlib.sha256(data).hexdigest()[:16]}.json":
            return SchemaSet(processed, problems)
    return None


def _process(files: list[Path], progress: Progress | None) -> tuple[dict[str, Schema], list[SchemaProblem]]:
    schemas: dict[str, Schema] = {}
    problems: list[SchemaProblem] = []
    for done, (schema, problem) in enumerate(_each(files), 1):
        if problem:
            problems.append(problem)
        if schema:
            # the first of an $id wins, which is how replacements replace
            schemas.setdefault(schema["$id"].rstrip("#"), schema)
        if progress:
            progress(done, len(files))
    return schemas, problems


def _each(files: list[Path]) -> Iterator[tuple[Schema | None, SchemaProblem | None]]:
    names = [str(file) for file in files]
    if len(names) < _PARALLEL_FROM:
        yield from map(engine.process, names)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(engine.process, names, chunksize=_CHUNK)
