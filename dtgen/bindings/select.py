"""Which bindings a build validates against, and what to tell of them."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from functools import cached_property, partial
from pathlib import Path

from dtgen.bindings import versions
from dtgen.bindings.plain import PAS_COMMON, Engine
from dtgen.bindings.schemas import prepare, processed
from dtgen.bindings.schemas.files import below
from dtgen.bindings.schemas.prepare import SchemaSet
from dtgen.bindings.schemas.processed import ProcessedSet
from dtgen.bindings.scope import EVERYTHING, Scope, identity
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.errors import ToolError
from dtgen.progress import PREPARING, Report
from dtgen.project import layout
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """How a set is asked."""

    plain: bool = False
    """Whether by dtschema alone."""
    scope: Scope = EVERYTHING


USUAL = Way()


@dataclass(frozen=True, slots=True)
class Loadable:
    """What any process loads the same engine by."""

    file: Path
    """A prepared set."""
    key: str
    """Of its content."""
    complete: bool
    """Whether a property that no schema knows is wrong."""
    way: Way

    @property
    def identity(self) -> str:
        """Of the engine."""
        return identity(self.key, self.way.scope, complete=self.complete, plain=self.way.plain)

    def load(self) -> Engine:
        """Raises: ToolError."""
        if self.way.plain:
            return processed.opened(self.file, self.key).load(self.way.scope, complete=self.complete)
        return prepare.opened(self.file).load(self.way.scope, complete=self.complete)


@dataclass(frozen=True)
class Bindings:
    """A set that was chosen."""

    loadable: Loadable
    schemas: int
    """How many there are, with dtschema's own."""
    name: str
    notes: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    """Schemas that are left out."""
    _set: SchemaSet | ProcessedSet = field(repr=False)

    @cached_property
    def engine(self) -> Engine:
        """Raises: ToolError."""
        return self._set.load(self.loadable.way.scope, complete=self.loadable.complete)


def choose(
    given: Path | None, cache: Path, progress: Report, way: Way = USUAL, *, legacy: bool = False
) -> Bindings:
    """The set below `given` (a kernel tree or a directory), a processed one, or the built-in one.

    dtgen's own `qcom,pas-common` stands in for one that is too old to know `iommus`, and for any where
    the board asks for the `legacy` profile.
    Raises: ToolError, also where dtgen's engine was not tested with the dtschema that is installed.
    """
    if not way.plain:
        versions.refuse_untested()  # `prepare`, too, goes by what is inside of dtschema
    if given and given.is_file():
        return _processed(given, cache, way, legacy=legacy)
    directory = layout.bindings_directory(given) if given else layout.builtin_bindings()
    name = layout.display(directory) if given else "built-in bindings"

    def prepared(*replacements: Path, notes: tuple[str, ...] = ()) -> Bindings:
        complete = given is not None
        return _prepared(directory, replacements, cache, progress, way, name, notes, complete=complete)

    if legacy:
        return prepared(_legacy())
    found = prepared()
    if found.engine.knows(PAS_COMMON, "iommus"):
        return found
    note = (
        f"{layout.display(directory / PAS_COMMON)} does not know `iommus` (it is older than v7.0); "
        "dtgen's own stands in for it"
    )
    return prepared(_stand_in(), notes=(note,))


def choose_around(
    file: Path, given: Path | None, cache: Path, progress: Report, way: Way = USUAL
) -> Bindings:
    """The set that a binding is one of: `given`, or the built-in one, with all that stand around it.

    Those around it stand in for those of the same `$id`.
    Raises: ToolError.
    """
    directory = layout.bindings_directory(given) if given and given.is_dir() else layout.builtin_bindings()
    if layout.resolved(file).is_relative_to(layout.resolved(directory)):
        return choose(directory, cache, progress, way)
    if not way.plain:
        versions.refuse_untested()
    more = root_of(file)
    files = tuple(Path(member.path) for member in below(more))
    name = f"{layout.display(more)} with {layout.display(directory) if given else 'the built-in bindings'}"
    return _prepared(directory, files, cache, progress, way, name, complete=given is not None)


def root_of(file: Path) -> Path:
    """The topmost directory of the bindings that a file is one of."""
    for directory in file.absolute().parents:
        if directory.name.lower() == "bindings":
            return directory
    return file.absolute().parent


def _prepared(
    directory: Path,
    replacements: tuple[Path, ...],
    cache: Path,
    progress: Report,
    way: Way,
    name: str,
    notes: tuple[str, ...] = (),
    *,
    complete: bool,
) -> Bindings:
    """`complete`: whether the set means to know every property."""
    make = processed.prepare if way.plain else prepare.prepare
    prepared: SchemaSet | ProcessedSet = make(directory, replacements, cache, partial(progress, PREPARING))
    problems = tuple(
        Diagnostic(
            "binding",
            Severity.WARNING,
            f"this binding is left out, so nothing is checked against it: {problem.message}",
            Location(layout.display(Path(problem.file)), problem.line),
        )
        for problem in prepared.problems
    )
    loadable = Loadable(prepared.file, prepared.key, complete, way)
    return Bindings(loadable, prepared.schemas, name, notes, problems, prepared)


def _legacy() -> Path:
    return layout.legacy_bindings() / PAS_COMMON


def _stand_in() -> Path:
    return layout.builtin_bindings() / PAS_COMMON


def keys(source: Path, cache: Path) -> set[str]:
    """What the sets are called that `choose` would load for `source` as it is now. Raises: ToolError."""
    all_ = ((), (_legacy(),), (_stand_in(),))
    alone = set() if source.is_file() else {processed.key(source, given, cache) for given in all_}
    return alone | {prepare.key(source, given, cache) for given in all_}


def _processed(file: Path, cache: Path, way: Way, *, legacy: bool) -> Bindings:
    """A `processed-schema.json` of kbuild or of dt-mk-schema; nothing can be replaced in it."""
    if legacy:
        raise ToolError(
            f"{layout.display(file)} is processed, so the legacy profile cannot be added to it",
            "give the directory of its schemas",
        )
    prepared = processed.read(file) if way.plain else prepare.processed(file, cache)
    loadable = Loadable(prepared.file, prepared.key, True, way)
    found = Bindings(loadable, prepared.schemas, layout.display(file), (), (), prepared)
    if found.engine.knows(PAS_COMMON, "iommus"):
        return found
    note = (
        f"the {PAS_COMMON} in {layout.display(file)} does not know `iommus` (it is older than v7.0): "
        "give the directory of its schemas, and dtgen's own stands in for it"
    )
    return dataclasses.replace(found, notes=(note,))
