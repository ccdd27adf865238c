"""Sets as dtschema itself prepares and reads them, for the engine that asks dtschema alone.

It must do with whatever release is installed, so it has dtschema do what dt-mk-schema and dt-validate
have it do, and knows nothing of how.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dtgen import project
from dtgen.bindings import engine, listing
from dtgen.bindings.decodable import Problem
from dtgen.bindings.engine import DecodedNode, Engine, SchemaProblem
from dtgen.bindings.listing import File
from dtgen.bindings.scope import EVERYTHING, Scope, identity
from dtgen.devicetree.tree import Tree
from dtgen.errors import DtgenError, ToolError
from dtgen.files import write_atomically

_FORMAT = "1"
_SUFFIX = ".processed"


@dataclass(frozen=True, slots=True)
class ProcessedSet:
    """A processed schema file, as text."""

    file: Path
    """What holds it: in the cache, or a user's own."""
    name: str
    """Of what it was made from, as messages have it."""
    key: str
    """Another one for another set, and where another dtschema or jsonschema reads it."""
    problems: tuple[SchemaProblem, ...]
    text: bytes

    @property
    def schemas(self) -> int:
        """How many there are, with dtschema's own and those that it generates."""
        return len(json.loads(self.text).keys() - {"version"})

    def load(self, complete: bool = True, scope: Scope = EVERYTHING) -> Engine:
        """`complete`: whether a property that no schema knows is wrong. Raises: ToolError."""
        try:
            validator = engine.load(self.text)
        except Exception as error:  # whatever a foreign file provokes in a release that is not known
            raise ToolError(
                f"dtschema {engine.version()} does not take {self.name} for a processed schema",
                "make it again with this dtschema, or give the directory of its schemas",
            ) from error
        return _Alone(validator, identity(self.key, complete, True, scope), complete, scope)


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


def _failure(what: str, error: Exception) -> ToolError:
    return ToolError(
        f"dtschema {engine.version()} fails at {what}: {type(error).__name__}: {error}",
        "use a release that dtgen was tested with, with the jsonschema that it asks for",
    )


def prepare(directory: Path, replacements: tuple[Path, ...], cache: Path) -> ProcessedSet:
    """The schemas below `directory` with dtschema's own, which takes a while and is kept in the cache.

    `replacements`: files that stand in for those of the same `$id`: dtschema takes the first.
    Raises: ToolError where the directory has no schema, dtschema fails, or the cache cannot be written.
    """
    found = listing.below(directory)
    if not found:
        raise ToolError(f"there is no schema (*.yaml) below {directory}", "give a directory of bindings")
    files = [File(file.name, str(file)) for file in replacements] + found
    folder, shown = cache / "schemas", project.display(directory)
    key = _key(str(directory), *listing.Memory(folder, directory).digests(files))
    file = folder / f"{key}{_SUFFIX}"
    kept = _kept(file, key, shown)
    if kept:
        return kept
    try:
        text, told = engine.prepared([member.path for member in files])
    except Exception as error:  # whatever a foreign file provokes
        raise ToolError(
            f"dtschema {engine.version()} cannot prepare {shown}: {error}",
            "dt-mk-schema tells more",
        ) from error
    problems = [
        (name, message)
        for name, ignored, message in (line.partition(": ignoring, ") for line in told)
        if ignored
    ]
    content = json.dumps(problems).encode() + b"\n" + text
    write_atomically(file, b"%08x\n" % zlib.crc32(content) + content)
    return _set(file, shown, key, problems, text)


def read(file: Path) -> ProcessedSet:
    """A set that dt-mk-schema has made. Raises: ToolError where it cannot be read."""
    shown = project.display(file)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ToolError(f"cannot read {shown}: {error.strerror}") from error
    return _set(file, shown, _key(hashlib.sha256(text).hexdigest()), [], text)


def opened(file: Path, key: str) -> ProcessedSet:
    """One that was prepared or read, in another process perhaps. Raises: ToolError where it is gone."""
    shown = project.display(file)
    found = _kept(file, key, shown) if file.suffix == _SUFFIX else read(file)
    if found is None or found.key != key:
        raise ToolError(f"the prepared bindings in {shown} are gone, or others", "run dtgen again")
    return found


def _key(*contents: str) -> str:
    releases = [engine.version("dtschema"), engine.version("jsonschema")]
    return hashlib.sha256(" ".join(["dtschema alone", _FORMAT, *releases, *contents]).encode()).hexdigest()[
        :32
    ]


def _kept(file: Path, key: str, shown: str) -> ProcessedSet | None:
    """None where it is missing or damaged."""
    try:
        checksum, _, content = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    if checksum != b"%08x" % zlib.crc32(content):
        return None
    problems, _, text = content.partition(b"\n")
    return _set(file, shown, key, json.loads(problems), text)


def _set(file: Path, shown: str, key: str, problems: Sequence[Sequence[str]], text: bytes) -> ProcessedSet:
    return ProcessedSet(
        file, shown, key, tuple(SchemaProblem(name, None, what) for name, what in problems), text
    )
