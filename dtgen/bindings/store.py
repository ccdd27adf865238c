"""Sets of schema files, prepared once per content and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from dtgen import project
from dtgen.bindings import engine, fast
from dtgen.bindings.engine import Engine, Schema, SchemaProblem
from dtgen.bindings.fast import FastEngine
from dtgen.bindings.pack import Damaged, Pack
from dtgen.errors import ToolError
from dtgen.files import write_atomically
from dtgen.progress import Progress

_FORMAT = "4"
_PARALLEL_FROM = 200
_CHUNK = 50


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """A prepared set on disk."""

    file: Path
    """Its name is the key of its content."""
    problems: tuple[SchemaProblem, ...]
    _pack: Pack = field(compare=False, repr=False)

    @property
    def schemas(self) -> int:
        """How many there are, with dtschema's own and the two that it generates."""
        return len(self._pack)

    def load(self, complete: bool = True, plain: bool = False) -> Engine:
        """`complete`: whether a property that no schema knows is wrong; `plain`: with dtschema alone."""
        if plain:
            return Engine(engine.load(self.processed()), self.file.stem, complete)
        return FastEngine(self._pack, self.file.stem, complete)

    def processed(self) -> bytes:
        """The text of a processed schema file, as dtschema's tools take it."""
        return self._pack.processed()


def prepare(
    directory: Path, replacements: tuple[Path, ...], cache: Path, progress: Progress | None = None
) -> SchemaSet:
    """The schemas below `directory` with dtschema's own.

    `replacements`: files that stand in for those of the same `$id`.
    Raises: ToolError where the directory has no schema or the cache cannot be written.
    """
    names, files = _members(directory, replacements)
    kept = cache / "schemas" / f"{_key(names, files)}.schemas"
    cached = _cached(kept, directory)
    if cached:
        return cached
    schemas, problems = _process(files, progress)
    known = dict(zip(map(str, files), names, strict=True))
    for schema in schemas.values():
        schema["$filename"] = known[schema["$filename"]]
    named = [replace(problem, file=known[problem.file]) for problem in problems]
    return _keep(kept, engine.assemble(schemas), named, directory)


def _members(directory: Path, replacements: tuple[Path, ...]) -> tuple[list[str], list[Path]]:
    """The files of a set, and their names in it. Raises: ToolError where there is none."""
    files = sorted(directory.rglob("*.yaml"))
    if not files:
        raise ToolError(f"there is no schema (*.yaml) below {directory}", "give a directory of bindings")
    core = engine.core_schemas()
    own = sorted(core.rglob("*.yaml"))
    names = [file.name for file in replacements]
    names += [str(file.relative_to(directory)) for file in files]
    names += [str(file.relative_to(core)) for file in own]
    return names, [*replacements, *files, *own]


def key(source: Path, replacements: tuple[Path, ...] = ()) -> str:
    """What a set is called that is made of what is at `source` now. Raises: ToolError."""
    return _key([source.name], [source]) if source.is_file() else _key(*_members(source, replacements))


def processed(file: Path, cache: Path) -> SchemaSet:
    """A set that dt-mk-schema has made, as kbuild keeps it. Raises: ToolError where the file is none."""
    shown = project.display(file)
    try:
        text = file.read_text()
        content = json.loads(text)
    except OSError as error:
        raise ToolError(f"cannot read {shown}: {error.strerror}") from error
    except ValueError as error:
        raise ToolError(f"{shown} is no processed schema: {error}", _NOT_PROCESSED) from error
    if not isinstance(content, dict) or "generated-types" not in content:
        raise ToolError(f"{shown} is no processed schema", _NOT_PROCESSED)
    made_by, ours = content.get("version"), engine.version()
    if made_by != ours:
        raise ToolError(
            f"{shown} was made by dtschema {made_by}, and this is dtschema {ours}",
            "make it again, or give the directory of its schemas",
        )
    kept = cache / "schemas" / f"{key(file)}.schemas"
    return _cached(kept, file) or _keep(kept, text, [], file)


_NOT_PROCESSED = "give a kernel tree, a directory of bindings, or the processed-schema.json of a kernel build"


def _keep(file: Path, text: str, problems: Sequence[SchemaProblem], source: Path) -> SchemaSet:
    write_atomically(file, fast.pack(text, problems, str(source.absolute())))
    kept = _cached(file, source)
    assert kept
    return kept


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


def _cached(file: Path, directory: Path) -> SchemaSet | None:
    """The set in the cache, None where it is missing or damaged."""
    try:
        pack = Pack(file)
    except (OSError, Damaged):
        return None
    problems = tuple(
        SchemaProblem(str(directory / name), line, message) for name, line, message in pack.index["problems"]
    )
    return SchemaSet(file, problems, pack)


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
