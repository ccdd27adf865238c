"""Sets as dtschema itself prepares and reads them, for the engine that asks dtschema alone.

It must do with whatever release is installed, so it has dtschema do what dt-mk-schema and dt-validate
have it do, and knows nothing of how.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

from dtgen.bindings import dtschema
from dtgen.bindings.decode import DecodedNode, Problem
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas.files import File, Memory, of_set
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.bindings.scope import EVERYTHING, Scope, identity
from dtgen.devicetree.tree import Tree
from dtgen.errors import DtgenError, ToolError
from dtgen.progress import Progress
from dtgen.project import layout, store
from dtgen.project.files import content
from dtgen.records import dataclass

SUFFIX = ".processed"


@dataclass(frozen=True, slots=True)
class ProcessedSet:
    """A processed schema file, as text."""

    file: Path
    """What holds it: in the cache, or a user's own."""
    key: str
    """Another one for another set, and where another dtschema or jsonschema reads it."""
    source: str
    """What it was made from."""
    schemas: int
    """How many there are, with dtschema's own and those that it generates."""
    problems: tuple[SchemaProblem, ...]
    text: bytes

    @property
    def name(self) -> str:
        """Of its source, as messages have it."""
        return layout.display(Path(self.source))

    def load(self, scope: Scope = EVERYTHING, *, complete: bool = True) -> Engine:
        """`complete`: whether a property that no schema knows is wrong. Raises: ToolError."""
        try:
            validator = dtschema.load(self.text)
        except Exception as error:  # whatever a foreign file provokes in a release that is not known
            raise _refused(self.name) from error
        return _Alone(validator, identity(self.key, scope, complete=complete, plain=True), complete, scope)


class _Alone(Engine):
    """An unknown dtschema may fail at what the known ones do not; then there is no answer."""

    def decode(self, data: bytes, tree: Tree | None = None) -> tuple[DecodedNode, tuple[Problem, ...]]:
        try:
            return super().decode(data, tree)
        except DtgenError:
            raise
        except Exception as error:
            raise _failure("the tree", error) from error

    def _errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterator[Any]:
        try:
            yield from list(super()._errors(node, name, disabled))
        except Exception as error:
            raise _failure(f"node {name}", error) from error


def _refused(name: str) -> ToolError:
    return ToolError(
        f"dtschema {dtschema.version()} does not take {name} for a processed schema",
        "make it again with this dtschema, or give the directory of its schemas",
    )


def _failure(what: str, error: Exception) -> ToolError:
    return ToolError(
        f"dtschema {dtschema.version()} fails at {what}: {type(error).__name__}: {error}",
        "use a release that dtgen was tested with, with the jsonschema that it asks for",
    )


class _Head(TypedDict):
    """What a file in the cache has before the text."""

    source: str
    schemas: int
    problems: Sequence[Sequence[str]]
    """Files, and what is wrong with them."""


def prepare(
    directory: Path, replacements: tuple[Path, ...], cache: Path, progress: Progress | None = None
) -> ProcessedSet:
    """The schemas below `directory` with dtschema's own, which takes a while and is kept in the cache.

    `replacements`: files that stand in for those of the same `$id`: dtschema takes the first.
    Raises: ToolError where the directory has no schema, dtschema fails, or the cache cannot be written.
    """
    files = of_set(directory, replacements)
    name = _key_of(directory, files, cache)
    file = layout.prepared_schemas(cache) / f"{name}{SUFFIX}"
    found = kept(file)
    if found:
        return found
    if progress:
        progress(0, 1)  # dtschema does not tell how far it is
    try:
        text, printed = dtschema.prepared([member.path for member in files])
    except Exception as error:  # whatever a foreign file provokes
        raise ToolError(
            f"dtschema {dtschema.version()} cannot prepare {layout.display(directory)}: {error}",
            "dt-mk-schema tells more",
        ) from error
    if key(directory, replacements, cache) != name:
        return prepare(directory, replacements, cache, progress)  # somebody has written meanwhile
    problems = [
        (name, message)
        for name, ignored, message in (line.partition(": ignoring, ") for line in printed)
        if ignored
    ]
    head = _Head(source=str(directory.absolute()), schemas=_count(text), problems=problems)
    store.save(file, json.dumps(head).encode() + b"\n" + text)
    if progress:
        progress(1, 1)
    return _set(file, name, head, text)


def key(directory: Path, replacements: tuple[Path, ...], cache: Path) -> str:
    """What a set is called that is made of what is there now. Raises: ToolError."""
    return _key_of(directory, of_set(directory, replacements), cache)


def _key_of(directory: Path, files: Sequence[File], cache: Path) -> str:
    return _key(str(directory.absolute()), *Memory(layout.prepared_schemas(cache), directory).digests(files))


def _count(text: bytes) -> int:
    return len(json.loads(text).keys() - {"version"})


def read(file: Path) -> ProcessedSet:
    """A set that dt-mk-schema has made. Raises: ToolError where it cannot be read, or is none."""
    shown = layout.display(file)
    try:
        text = content(file)
        head = _Head(source=str(file), schemas=_count(text), problems=[])
    except OSError as error:
        raise ToolError(f"cannot read {shown}: {error.strerror}") from error
    except (ValueError, AttributeError) as error:
        raise _refused(shown) from error
    return _set(file, _key(hashlib.sha256(text).hexdigest()), head, text)


def opened(file: Path, key: str) -> ProcessedSet:
    """One that was prepared or read, in another process perhaps. Raises: ToolError where it is gone."""
    found = kept(file) if file.name == f"{key}{SUFFIX}" else read(file)
    if found is None or found.key != key:
        raise ToolError(
            f"the prepared bindings in {layout.display(file)} are gone, or others", "run dtgen again"
        )
    return found


def _key(*contents: str) -> str:
    maker = dtschema.maker("dtschema", "jsonschema")
    return hashlib.sha256(" ".join(["dtschema alone", maker, *contents]).encode()).hexdigest()[:32]


def kept(file: Path) -> ProcessedSet | None:
    """One in the cache; None where it is missing or damaged."""
    body = store.load(file)
    if body is None:
        return None
    head, _, text = body.partition(b"\n")
    return _set(file, file.stem, json.loads(head), text)


def _set(file: Path, key: str, head: _Head, text: bytes) -> ProcessedSet:
    problems = tuple(SchemaProblem(name, None, what) for name, what in head["problems"])
    return ProcessedSet(file, key, head["source"], head["schemas"], problems, text)
