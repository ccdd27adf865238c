"""All that one run produced, complete or partial."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from dtgen.diagnostics import Diagnostic, State, errors, once
from dtgen.records import dataclass

if TYPE_CHECKING:
    from dtgen.devicetree.diff import Change
    from dtgen.hardware.coverage import PasUser
    from dtgen.hardware.memory_map import MemoryMap
    from dtgen.hardware.stream_map import StreamMap


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is wrong with a tree, compared with its base."""

    introduced: tuple[Diagnostic, ...] = ()
    """All that is wrong, where there is no base."""
    fixed: tuple[Diagnostic, ...] = ()
    pre_existing: tuple[Diagnostic, ...] = ()
    undocumented: tuple[str, ...] = ()
    """Compatibles that no schema of the set knows."""
    pas_users: tuple[PasUser, ...] = ()
    """Users of the Peripheral Authentication Service, with their fates; of a tree for EL2."""

    def by_state(self) -> Iterator[tuple[State, Diagnostic]]:
        """Every diagnostic with its state."""
        for state, diagnostics in (
            (State.INTRODUCED, self.introduced),
            (State.FIXED, self.fixed),
            (State.PRE_EXISTING, self.pre_existing),
        ):
            yield from ((state, diagnostic) for diagnostic in diagnostics)


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file had in it, so that a run can be repeated."""

    name: str
    what: str
    """What the run took it for: `description`, `base` …"""
    sha256: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class LayerChanges:
    """What an overlay of a stack changed in what is beneath it."""

    file: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What there is to look at in a tree, besides its findings."""

    streams: StreamMap
    memory: MemoryMap
    layers: tuple[LayerChanges, ...]
    """In the order in which they are applied; none where the tree was made elsewhere."""
    contents: tuple[FileContent, ...]
    """Of the base, the overlays and the tree."""


@dataclass(frozen=True, slots=True)
class BaseResult:
    """What became of one base."""

    name: str
    file: str
    """Where the base came from, as a person would call it."""
    output: str | None
    """The merged blob, None where the overlay was not applied."""
    changes: tuple[Change, ...]
    assessment: Assessment
    """Of the merged tree; of one that is not applied, `introduced` says why."""
    notes: tuple[str, ...]
    seconds: float
    view: View | None = None
    """None where nobody asked for it, or the overlay was not applied."""
    stand_in: bool = False
    """Whether the base comes with dtgen, and is no board's."""

    @property
    def applied(self) -> bool:
        return self.output is not None

    @classmethod
    def refused(
        cls, name: str, file: str, diagnostics: tuple[Diagnostic, ...], notes: tuple[str, ...] = ()
    ) -> BaseResult:
        """A base that cannot be had, or that the overlay does not fit."""
        return cls(name, file, None, (), Assessment(diagnostics), notes, 0.0)


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What became of one board; `bases` is empty where its overlay could not be made."""

    board: str
    title: str
    outputs: tuple[str, ...]
    """The overlay's source and blob."""
    diagnostics: tuple[Diagnostic, ...]
    """Of the description, the template, the compilation, and of bindings that cannot be used."""
    bases: tuple[BaseResult, ...]
    bindings: str
    """Which bindings the merged trees were validated against."""
    notes: tuple[str, ...]

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        return (*self.diagnostics, *(d for base in self.bases for d in base.assessment.introduced))

    @property
    def errors(self) -> int:
        return errors(once(self.all_diagnostics))

    @classmethod
    def failed(
        cls, board: str, diagnostics: tuple[Diagnostic, ...], refused: tuple[BaseResult, ...] = ()
    ) -> BuildResult:
        """A build that ended before a base was looked at."""
        return cls(board, "", (), diagnostics, refused, "", ())


@dataclass(frozen=True, slots=True)
class TreeResult:
    """What became of one tree that was to be validated."""

    file: str
    against: str | None
    """The base that it was compared with, None where there was none."""
    assessment: Assessment
    validated: bool
    """False where there is no tree in the file; then `assessment.introduced` says why."""
    seconds: float | None = None
    """What it took; None where it took nothing now, since the verdict is of an earlier run."""
    notes: tuple[str, ...] = ()
    view: View | None = None
    """None where nobody asked for it."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What became of all trees of a run."""

    trees: tuple[TreeResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Of bindings that cannot be used."""
    bindings: str
    notes: tuple[str, ...]

    @property
    def errors(self) -> int:
        return errors((*self.diagnostics, *(d for tree in self.trees for d in tree.assessment.introduced)))


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file of a repository."""

    file: str
    kind: str
    diagnostics: tuple[Diagnostic, ...]
    """Of the file itself."""
    trees: tuple[TreeResult, ...] = ()
    """Of the file on each of its bases, or of the tree that it is."""
    bindings: str = ""
    """Which bindings the trees were validated against."""
    notes: tuple[str, ...] = ()

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        return (*self.diagnostics, *(d for tree in self.trees for d in tree.assessment.introduced))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of all files of a run."""

    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Of bindings that cannot be used."""

    @property
    def own(self) -> tuple[Diagnostic, ...]:
        """What is of no tree."""
        return (*self.diagnostics, *(found for file in self.files for found in file.diagnostics))

    @property
    def trees(self) -> tuple[TreeResult, ...]:
        return tuple(tree for file in self.files for tree in file.trees)

    @property
    def errors(self) -> int:
        return errors((*self.diagnostics, *(d for file in self.files for d in once(file.all_diagnostics))))


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What was delivered, and what was found before."""

    check: CheckResult
    """Of the description and of each table."""
    written: tuple[str, ...]
    """Empty where there is an error."""
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        return self.check.errors


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What became of a stack of overlays."""

    base: str
    overlays: tuple[str, ...]
    output: str | None
    """None where nothing was written."""
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    notes: tuple[str, ...]

    @property
    def errors(self) -> int:
        return errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class DiffResult:
    """How two trees differ; `diagnostics` where there is nothing to compare."""

    old: str
    new: str
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> int:
        """Whatever there is: trees that cannot be had cannot be compared."""
        return len(self.diagnostics)


class Freshness(Enum):
    """Whether a set would be used again."""

    CURRENT = "current"
    CHANGED = "changed"
    """The schemas are others now."""
    GONE = "gone"
    """They are not where they were."""
    OUTDATED = "outdated"
    """It was made by another dtschema or another dtgen, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """A prepared set in the cache."""

    file: Path
    source: str
    """Where its schemas were; empty where the file does not tell."""
    schemas: int
    problems: int
    """Schemas that could not be used."""
    size: int
    """In bytes."""
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Formatted:
    """A source and what it is in the kernel's style."""

    name: str
    old: str
    new: str

    @property
    def is_changed(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class FormatResult:
    """What `dtgen format` made of its files; of those that it refused, `diagnostics` say why."""

    files: tuple[Formatted, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def changed(self) -> tuple[Formatted, ...]:
        return tuple(file for file in self.files if file.is_changed)

    @property
    def errors(self) -> int:
        return errors(self.diagnostics)
