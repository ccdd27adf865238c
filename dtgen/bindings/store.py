"""Sets of schema files, prepared once per content and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dtgen import project
from dtgen.bindings import engine, fast, listing
from dtgen.bindings.engine import Engine, SchemaProblem
from dtgen.bindings.fast import FastEngine
from dtgen.bindings.listing import File
from dtgen.bindings.pack import Damaged, Pack, packed, to_json
from dtgen.errors import ToolError
from dtgen.files import write_atomically
from dtgen.progress import Progress

_FORMAT = "7"
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
        """How many there are, with dtschema's own and those that it generates."""
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
    files = _members(directory, replacements)
    folder = cache / "schemas"
    memory = listing.Memory(folder, directory)
    digests = memory.digests(files)
    key = _key(digests)
    prepared = _cached(folder, key, directory)
    if not prepared:
        last = _cached(folder, memory.last)
        prepared = _keep(folder, key, _build(directory, files, digests, last, progress), directory)
    memory.keep(key)
    return prepared


def key(source: Path, replacements: tuple[Path, ...], cache: Path) -> str:
    """What a set is called that is made of what is at `source` now. Raises: ToolError."""
    files = [File(source.name, str(source))] if source.is_file() else _members(source, replacements)
    return _key(listing.Memory(cache / "schemas", source).digests(files))


def processed(file: Path, cache: Path) -> SchemaSet:
    """A set that dt-mk-schema has made, as kbuild keeps it. Raises: ToolError where the file is none."""
    shown, folder = project.display(file), cache / "schemas"
    name = key(file, (), cache)
    prepared = _cached(folder, name, file)
    if prepared:
        return prepared
    try:
        schemas = json.loads(file.read_bytes())
    except OSError as error:
        raise ToolError(f"cannot read {shown}: {error.strerror}") from error
    except ValueError as error:
        raise ToolError(f"{shown} is no processed schema: {error}", _NOT_PROCESSED) from error
    if not isinstance(schemas, dict) or engine.TYPES not in schemas:
        raise ToolError(f"{shown} is no processed schema", _NOT_PROCESSED)
    made_by, ours = schemas.pop("version", "of an unknown version"), engine.version("dtschema")
    if made_by != ours:
        raise ToolError(
            f"{shown} was made by dtschema {made_by}, and this is dtschema {ours}",
            "make it again, or give the directory of its schemas",
        )
    records = {name: to_json(schema) for name, schema in schemas.items()}
    try:
        data = _packed(records, schemas, {}, [], file)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ToolError(f"{shown} is no processed schema: it is not complete", _NOT_PROCESSED) from error
    return _keep(folder, name, data, file)


_NOT_PROCESSED = "give a kernel tree, a directory of bindings, or the processed-schema.json of a kernel build"


def _members(directory: Path, replacements: tuple[Path, ...]) -> list[File]:
    """The files of a set; the first of an `$id` wins, which is how replacements replace."""
    files = listing.below(directory)
    if not files:
        raise ToolError(f"there is no schema (*.yaml) below {directory}", "give a directory of bindings")
    return (
        [File(file.name, str(file)) for file in replacements] + files + listing.below(engine.core_schemas())
    )


def _key(digests: Sequence[str]) -> str:
    return hashlib.sha256(" ".join([maker(), *digests]).encode()).hexdigest()[:32]


def maker() -> str:
    """What makes sets now; one of another maker is not used."""
    return f"{_FORMAT} {engine.version('dtschema')}"


def _keep(folder: Path, key: str, data: bytes, source: Path) -> SchemaSet:
    try:
        write_atomically(_file(folder, key), data)
    except ToolError as error:
        help = "set DTGEN_CACHE to a directory that can be written, or use --no-cache"
        raise ToolError(str(error), help) from error
    prepared = _cached(folder, key, source)
    assert prepared
    return prepared


def knows(file: Path, name: str) -> bool:
    """Whether a schema defines a property; true where there is no schema that can be read."""
    made = engine.process(str(file), file.name) if file.is_file() else None
    return not isinstance(made, tuple) or name in json.loads(made[1]).get("properties", {})


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.schemas"


def _cached(folder: Path, key: str, directory: Path = Path()) -> SchemaSet | None:
    """The set in the cache, None where it is missing or damaged."""
    file = _file(folder, key)
    try:
        pack = Pack(file)
    except (OSError, Damaged):
        return None
    problems = tuple(
        SchemaProblem(str(directory / name), line, message) for name, line, message in pack.index["problems"]
    )
    return SchemaSet(file, problems, pack)


def _build(
    directory: Path,
    files: Sequence[File],
    digests: Sequence[str],
    last: SchemaSet | None,
    progress: Progress | None,
) -> bytes:
    """A set, with the schemas of an earlier one whose files are the same."""
    known = last._pack if last and last._pack.index.get("maker") == maker() else None
    known_sources = known.sources() if known else {}
    records: dict[str, bytes] = {}
    sources: dict[str, str] = {}
    problems: list[tuple[str, int | None, str]] = []
    new = _each([file for file, digest in zip(files, digests, strict=True) if digest not in known_sources])
    for done, (file, digest) in enumerate(zip(files, digests, strict=True), 1):
        if known and digest in known_sources:
            name = known_sources[digest]
            made: tuple[str, bytes] | SchemaProblem = (name, known.record(name))
        else:
            made = next(new)
        if isinstance(made, SchemaProblem):
            problems.append((file.name, made.line, made.message))
        elif made[0] not in records:
            records[made[0]] = made[1]
            sources[digest] = made[0]
        if progress:
            progress(done, len(files))
    with engine.no_collection():
        schemas = {name: json.loads(record) for name, record in records.items()}
        for name, schema in engine.generated(schemas).items():
            records[name] = to_json(schema)
            schemas[name] = json.loads(records[name])
        return _packed(records, schemas, sources, problems, directory)


def _packed(
    records: dict[str, bytes],
    schemas: dict[str, Any],
    sources: dict[str, str],
    problems: Sequence[tuple[str, int | None, str]],
    source: Path,
) -> bytes:
    always, compatibles = engine.tables(schemas)
    numbers = {name: number for number, name in enumerate(records)}
    return packed(
        records,
        sources,
        version=engine.version("dtschema"),
        maker=maker(),
        source=str(source.absolute()),
        problems=problems,
        always=[numbers[name] for name in always],
        conditions=fast.conditions(schemas, always),
        compatibles={compatible: numbers[name] for compatible, name in compatibles.items()},
    )


def _each(files: Sequence[File]) -> Iterator[tuple[str, bytes] | SchemaProblem]:
    paths, names = [file.path for file in files], [file.name for file in files]
    if len(files) < _PARALLEL_FROM:
        yield from map(engine.process, paths, names)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(engine.process, paths, names, chunksize=_CHUNK)
