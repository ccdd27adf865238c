"""All that one run produced, complete or partial."""

from __future__ import annotations

from dataclasses import dataclass

from dtgen.devicetree.diff import Change
from dtgen.diagnostics import Diagnostic, errors


@dataclass(frozen=True, slots=True)
class BaseResult:
    """What became of one base."""

    name: str
    file: str
    """Where the base came from, as a person would call it."""
    output: str | None
    """The merged blob, None where the overlay was not applied."""
    changes: tuple[Change, ...]
    introduced: tuple[Diagnostic, ...]
    fixed: int
    pre_existing: int
    """In the nodes that the overlay changes; the others were not looked at."""
    undocumented: tuple[str, ...]
    """Compatibles that no schema of the set knows."""
    notes: tuple[str, ...]
    seconds: float

    @property
    def applied(self) -> bool:
        return self.output is not None

    @classmethod
    def refused(
        cls, name: str, file: str, diagnostics: tuple[Diagnostic, ...], notes: tuple[str, ...] = ()
    ) -> BaseResult:
        """A base that cannot be had, or that the overlay does not fit."""
        return cls(name, file, None, (), diagnostics, 0, 0, (), notes, 0.0)


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
        return (*self.diagnostics, *(d for base in self.bases for d in base.introduced))

    @property
    def errors(self) -> int:
        return errors(self.all_diagnostics)

    @classmethod
    def failed(
        cls, board: str, diagnostics: tuple[Diagnostic, ...], refused: tuple[BaseResult, ...] = ()
    ) -> BuildResult:
        """A build that ended before a base was looked at."""
        return cls(board, "", (), diagnostics, refused, "", ())


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
