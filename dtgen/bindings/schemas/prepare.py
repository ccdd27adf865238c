"""Sets of schema files, prepared once per content and kept in the cache."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from dtgen.bindings import dtschema, plain
from dtgen.bindings.fast.engine import FastEngine, condition
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas.files import File, Memory, below, digest_of, of_set
from dtgen.bindings.schemas.pack import Buffer, Damaged, Pack, to_json
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.bindings.scope import EVERYTHING, Scope, identity
from dtgen.errors import ToolError
from dtgen.progress import Progress
from dtgen.project import layout, store
from dtgen.project.files import content, write_privately
from dtgen.project.glances import Glance, Glances
from dtgen.records import dataclass

_MANY = 200
"""Files; fewer are read before it is known what another set has of them."""
_LOOKED_AT = 4
"""Sets in the cache that may have something in common with a new one."""


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

    @property
    def key(self) -> str:
        """Of its content."""
        return self.file.stem

    def load(self, scope: Scope = EVERYTHING, *, complete: bool = True) -> Engine:
        """`complete`: whether a property that no schema knows is wrong."""
        named = identity(self.key, scope, complete=complete, plain=False)
        engine = FastEngine(self._pack, named, complete, scope, self.file)
        atexit.register(engine.keep)
        return engine

    def processed(self) -> bytes:
        """The text of a processed schema file, as dtschema's tools take it."""
        return self._pack.processed()


def opened(file: Path) -> SchemaSet:
    """A set that was prepared. Raises: ToolError where the file is gone, or is damaged."""
    prepared = _cached(file.parent, file.stem)
    if prepared is None:
        raise ToolError(f"the prepared bindings in {file} are gone, or damaged", "run dtgen again")
    return prepared


def prepare(
    directory: Path, replacements: tuple[Path, ...], cache: Path, progress: Progress | None = None
) -> SchemaSet:
    """The schemas below `directory` with dtschema's own.

    `replacements`: files that stand in for those of the same `$id`.
    Raises: ToolError where the directory has no schema or the cache cannot be written.
    """
    folder = layout.prepared_schemas(cache)
    glances = Glances(folder, directory)
    glance = _glance(directory, replacements)
    if (key := glances.key(glance)) and (prepared := _cached(folder, key, directory)):
        return prepared
    from dtgen.bindings.schemas import build

    memory = Memory(folder, directory)
    while True:
        files = _members(directory, replacements, glance)
        digests = memory.digests(files, glance.signatures() if glance else None)
        key = _key(digests)
        prepared = _cached(folder, key, directory)
        if prepared:
            break
        last = _of_maker(folder, memory.last) or _nearest(folder, digests)
        with plain.no_collection(), _readable(directory):
            data = build.build(directory, files, digests, last._pack if last else None, progress)
        # what was read must be what the key is of, also where somebody writes meanwhile
        if memory.stands():
            prepared = _keep(folder, key, data, directory)
            break
        glance = _glance(directory, replacements)
    memory.keep(key)
    glances.keep(glance, key)
    return prepared


@contextlib.contextmanager
def _readable(source: Path) -> Iterator[None]:
    """Raises: ToolError for what is no fault of a schema, and must not be kept as one."""
    try:
        yield
    except (OSError, MemoryError) as error:
        raise ToolError(f"cannot prepare {layout.display(source)}: {error}") from error


def key(source: Path, replacements: tuple[Path, ...], cache: Path) -> str:
    """What a set is called that is made of what is at `source` now. Raises: ToolError."""
    files = [File(source.name, str(source))] if source.is_file() else _members(source, replacements)
    return _key(Memory(layout.prepared_schemas(cache), source).digests(files))


def processed(file: Path, cache: Path) -> SchemaSet:
    """A set that dt-mk-schema has made, as kbuild keeps it. Raises: ToolError where the file is none."""
    shown, folder = layout.display(file), layout.prepared_schemas(cache)
    name = key(file, (), cache)
    prepared = _cached(folder, name, file)
    if prepared:
        return prepared
    try:
        text = content(file)
        schemas = json.loads(text)
    except OSError as error:
        raise ToolError(f"cannot read {shown}: {error.strerror}") from error
    except ValueError as error:
        raise ToolError(f"{shown} is not a processed schema: {error}", _NOT_PROCESSED) from error
    if _key([digest_of(file.name, text)]) != name:
        return processed(file, cache)  # somebody has written it anew meanwhile
    if not isinstance(schemas, dict) or dtschema.TYPES not in schemas:
        raise ToolError(f"{shown} is not a processed schema", _NOT_PROCESSED)
    made_by, ours = schemas.pop("version", "of an unknown version"), dtschema.version("dtschema")
    if made_by != ours:
        raise ToolError(
            f"{shown} was made by dtschema {made_by}, and this is dtschema {ours}",
            "make it again, or give the directory of its schemas",
        )
    records = {name: to_json(schema) for name, schema in schemas.items()}
    try:
        with _readable(file):
            return _keep(folder, name, _of_processed(records, schemas, file), file)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ToolError(f"{shown} is not a processed schema: it is not complete", _NOT_PROCESSED) from error


def _of_processed(records: Mapping[str, bytes], schemas: Mapping[str, Any], source: Path) -> list[Buffer]:
    """Raises: whatever schemas provoke that are no processed ones."""
    from dtgen.bindings.schemas import generate
    from dtgen.bindings.schemas.build import of_processed

    _ = [schemas[name]["properties"].keys() for name in (dtschema.TYPES, dtschema.PATTERN_TYPES)]
    always, pairs = generate.tables(schemas)
    conditions = [condition(schemas, name)[0] for name in always]
    return of_processed(records, always, conditions, dict(pairs), source)


_NOT_PROCESSED = "give a kernel tree, a directory of bindings, or the processed-schema.json of a kernel build"


def _glance(directory: Path, replacements: tuple[Path, ...]) -> Glance | None:
    return Glance.at((directory, dtschema.core_schemas()), replacements, maker())


def _members(directory: Path, replacements: tuple[Path, ...], glance: Glance | None = None) -> list[File]:
    """The files of a set with dtschema's own, as a glance saw them, or as they are now. Raises: ToolError."""
    core = dtschema.core_schemas()
    if glance is None or not glance.paths[1]:
        return of_set(directory, replacements) + below(core)
    found = [File(file.name, str(file)) for file in replacements]
    for above, paths in zip((directory, core), glance.paths[1:], strict=True):
        start = len(os.path.join(above, ""))  # noqa: PTH118
        found += [File(path[start:], path) for path in paths]
    return found


def _key(digests: Sequence[str]) -> str:
    return hashlib.sha256(" ".join([maker(), *digests]).encode()).hexdigest()[:32]


def maker() -> str:
    """What makes sets now; one of another maker is not used."""
    return dtschema.maker("dtschema")


def _keep(folder: Path, key: str, data: list[Buffer], source: Path) -> SchemaSet:
    try:
        write_privately(_file(folder, key), data, durably=False)  # a damaged one is made again
    except ToolError as error:
        help = "set DTGEN_CACHE to a directory that can be written, or use --no-cache"
        raise ToolError(str(error), help) from error
    store.make_room(folder, sum(map(len, data)))
    prepared = _cached(folder, key, source)
    assert prepared
    return prepared


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.schemas"


def _cached(folder: Path, key: str, directory: Path = Path()) -> SchemaSet | None:
    """The set in the cache, None where it is missing, or what is read of it first is damaged."""
    file = _file(folder, key)
    try:
        pack = Pack(file)
        store.used(file)
    except (OSError, Damaged):
        return None
    problems = tuple(
        SchemaProblem(str(directory / name), line, message) for name, line, message in pack.index["problems"]
    )
    return SchemaSet(file, problems, pack)


def _nearest(folder: Path, digests: Sequence[str]) -> SchemaSet | None:
    """The set that has most files in common with a new one, as another checkout of the kernel has."""
    if len(digests) < _MANY:
        return None
    found = sorted(
        (status.st_mtime, path) for path, status in store.entries(folder) if path.endswith(".schemas")
    )
    sets = [kept for _, path in found[-_LOOKED_AT:] if (kept := _of_maker(folder, Path(path).stem))]
    wanted = set(digests)
    return max(sets, key=lambda kept: len(wanted.intersection(kept._pack.digests())), default=None)


def _of_maker(folder: Path, key: str) -> SchemaSet | None:
    kept = _cached(folder, key)
    if kept and kept._pack.index.get("maker") == maker():
        with contextlib.suppress(ToolError):  # what the next set wants to know of it is damaged
            kept._pack.digests()
            return kept
    return None
