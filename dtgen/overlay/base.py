"""Bases: what overlays are applied to. Where they are had: `board_base`, and `checks/given.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dtgen.devicetree import blob
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler
from dtgen.errors import Rejected, rejected
from dtgen.project import layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Base:
    """A base that can be had: its blob was checked."""

    name: str
    blob: bytes
    tree: Tree
    source: Path | None = None
    """None where it was given as a blob."""
    kernel: KernelTree | None = None
    """What the source is a part of."""
    include: tuple[Path, ...] = ()
    """Where the source includes from besides."""
    stand_in: bool = False
    """Whether it comes with dtgen, and has no more of a board than the overlay needs."""


@dataclass(frozen=True, slots=True)
class RefusedBase:
    """A base that cannot be had, and why."""

    name: str
    file: str
    """Where it would have come from, as a person would call it."""
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Bases:
    """The bases that can be had, and why the others cannot."""

    outcomes: tuple[Base | RefusedBase, ...]
    """As they were asked for."""

    @property
    def available(self) -> tuple[Base, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Base))

    @property
    def refused(self) -> tuple[RefusedBase, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, RefusedBase))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Of the refused ones."""
        return tuple(diagnostic for base in self.refused for diagnostic in base.diagnostics)


def positions(base: Base) -> Mapping[tuple[str, str | None], Location]:
    """Where each node (`(path, None)`) and property stands in the base's sources; empty for a blob.

    Raises: ToolError where dtc or cpp cannot be run.
    """
    if base.source is None:
        return {}
    from dtgen.dts import places, preprocessor

    include = (*base.include, *(base.kernel.include if base.kernel else ()))
    beside = base.source.parent
    text = preprocessor.preprocess(base.source, (*include, beside), compiler.find_cpp())
    dtc = compiler.find_dtc(base.kernel.root if base.kernel else None)
    found = places.positions(text, layout.display(base.source), dtc, (beside, *include))
    # a base has thousands of places in a few files
    shown = {file: layout.display(Path(file)) for file in {place.file for place in found.values()}}
    return {key: Location(shown[place.file], place.line, place.column) for key, place in found.items()}


def from_blob(file: str, data: bytes) -> Base:
    """A base that was read. Raises: Rejected where it is no tree, or is an overlay."""
    return checked(Path(file).stem, file, data)


def collected(outcomes: Iterable[tuple[str, str, Base | Rejected]]) -> Bases:
    """`outcomes`: each base's name, its file, and what became of it."""
    return Bases(
        tuple(
            RefusedBase(name, file, outcome.diagnostics) if isinstance(outcome, Rejected) else outcome
            for name, file, outcome in outcomes
        )
    )


def checked(
    name: str, file: str, data: bytes, source: Path | None = None, kernel_tree: KernelTree | None = None
) -> Base:
    """A base that was read or made; `file`: as messages have it. Raises: Rejected."""
    tree = blob.read_one(data, file)
    if tree.is_overlay:
        raise rejected(
            "wrong-base", "this is an overlay, not a base", Location(file), "give the board's .dtb"
        )
    return Base(name, data, tree, source, kernel_tree)
