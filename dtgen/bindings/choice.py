"""Which bindings a build validates against, and what to tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dtgen import project
from dtgen.bindings import listing, processed, releases, store
from dtgen.bindings.engine import PAS_COMMON, Engine
from dtgen.bindings.processed import ProcessedSet
from dtgen.bindings.store import SchemaSet
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.errors import ToolError
from dtgen.progress import Progress


@dataclass(frozen=True, slots=True)
class Bindings:
    """A loaded set."""

    engine: Engine
    schemas: int
    """How many there are, with dtschema's own."""
    name: str
    notes: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    """Schemas that are left out."""


def choose(
    given: Path | None, legacy: bool, cache: Path, progress: Progress, plain: bool = False
) -> Bindings:
    """The set below `given` (a kernel tree or a directory), a processed one, or the built-in one.

    dtgen's own `qcom,pas-common` stands in for one that is too old to know `iommus`, and for any where
    the board asks for the legacy profile.
    `plain`: ask dtschema alone, of whatever release; else Raises: ToolError where dtgen's engine was
    not tested with what is installed.
    """
    if not plain:
        releases.refuse_untested()  # `store`, too, goes by what is inside of dtschema
    if given and given.is_file():
        return _processed(given, legacy, cache, plain)
    directory = project.bindings_directory(given) if given else project.builtin_bindings()
    replacements: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    if legacy:
        replacements = (_legacy(),)
    elif given and not store.knows(directory / PAS_COMMON, "iommus"):
        replacements = (_stand_in(),)
        notes = (
            f"{project.display(directory / PAS_COMMON)} does not know `iommus` (it is older than v7.0); "
            "dtgen's own stands in for it",
        )
    name = project.display(directory) if given else "built-in bindings"
    return _prepared(directory, replacements, given is not None, cache, progress, name, notes, plain)


def extended(
    directory: Path, more: Path, complete: bool, cache: Path, progress: Progress, plain: bool = False
) -> Bindings:
    """The set below a directory with the schemas below another one, which stand in for those of one `$id`.

    `complete`: whether it means to know every property; `plain`: as above. Raises: ToolError.
    """
    if not plain:
        releases.refuse_untested()
    files = tuple(Path(file.path) for file in listing.below(more))
    name = f"{project.display(more)} with the built-in bindings"
    if complete:
        name = f"{project.display(more)} with {project.display(directory)}"
    return _prepared(directory, files, complete, cache, progress, name, (), plain)


def _prepared(
    directory: Path,
    replacements: tuple[Path, ...],
    complete: bool,
    cache: Path,
    progress: Progress,
    name: str,
    notes: tuple[str, ...],
    plain: bool,
) -> Bindings:
    prepared = _set(directory, replacements, cache, progress, plain)
    problems = tuple(
        Diagnostic(
            "binding",
            Severity.WARNING,
            f"this binding is left out, so nothing is checked against it: {problem.message}",
            Location(project.display(Path(problem.file)), problem.line),
        )
        for problem in prepared.problems
    )
    engine = prepared.load(complete=complete)
    return Bindings(engine, prepared.schemas, name, notes, problems)


def _set(
    directory: Path, replacements: tuple[Path, ...], cache: Path, progress: Progress, plain: bool
) -> SchemaSet | ProcessedSet:
    if plain:
        return processed.prepare(directory, replacements, cache)
    return store.prepare(directory, replacements, cache, progress)


def _legacy() -> Path:
    return project.legacy_bindings() / PAS_COMMON


def _stand_in() -> Path:
    return project.builtin_bindings() / PAS_COMMON


def keys(source: Path, cache: Path) -> set[str]:
    """What the sets are called that `choose` would load for `source` as it is now. Raises: ToolError."""
    return {store.key(source, replacements, cache) for replacements in ((), (_legacy(),), (_stand_in(),))}


def _processed(file: Path, legacy: bool, cache: Path, plain: bool) -> Bindings:
    """A `processed-schema.json` of kbuild or of dt-mk-schema; nothing can be replaced in it."""
    if legacy:
        raise ToolError(
            f"{project.display(file)} is processed, so the legacy profile cannot be added to it",
            "give the directory of its schemas",
        )
    prepared = processed.read(file) if plain else store.processed(file, cache)
    engine = prepared.load()
    notes: tuple[str, ...] = ()
    if not engine.knows(PAS_COMMON, "iommus"):
        notes = (
            f"the {PAS_COMMON} in {project.display(file)} does not know `iommus` (it is older than v7.0): "
            "give the directory of its schemas, and dtgen's own stands in for it",
        )
    return Bindings(engine, prepared.schemas, project.display(file), notes, ())
