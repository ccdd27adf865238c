"""The tree that runs against the one that was built: what bootloaders wrote, and what else is different."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from dtgen import rules
from dtgen.bringup import loaders
from dtgen.checks.findings import run
from dtgen.devicetree import diff
from dtgen.devicetree.diff import Change
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.pas import is_pas
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass


class Sameness(Enum):
    """How the tree that runs is like the one that was built."""

    SAME = "same"
    BOOTLOADER = "same but for the bootloader"
    NO_OVERLAY = "base without the overlay"
    PART = "overlay applied in part"
    OLDER = "an older build"
    OTHER_BOARD = "another board"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """A change from the tree that was built to the one that runs."""

    change: Change
    writer: str | None
    """Who makes such; None where nobody is known to."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and how they differ."""

    running: str
    built: str
    verdict: Sameness
    differences: tuple[Difference, ...]
    missing: int
    """Of what the overlay writes: how much is not there."""
    written: int
    """How many properties the overlay writes; 0 where nobody says."""
    new: tuple[tuple[str, Finding], ...]
    """What the rules find in the tree that runs, and not in the one that was built."""

    @property
    def real(self) -> tuple[Change, ...]:
        """Without what bootloaders write."""
        return tuple(found.change for found in self.differences if found.writer is None)

    @property
    def by_writer(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for found in self.differences:
            if found.writer:
                counts[found.writer] = counts.get(found.writer, 0) + 1
        return counts

    @property
    def errors(self) -> int:
        return self.verdict not in (Sameness.SAME, Sameness.BOOTLOADER)


def compare(
    running: Tree, built: Tree, overlay: frozenset[Subject] = frozenset(), pas_at_el2: bool | None = None
) -> Comparison:
    """`overlay`: the properties that it writes, by their places in the merged tree; empty where not known."""
    changes = tuple(diff.changes(built, running))
    writers = loaders.writers(changes)
    differences = tuple(Difference(change, writers.get(number)) for number, change in enumerate(changes))
    overlay = overlay or _streams(built)
    real = [found.change for found in differences if found.writer is None]
    lacking = {place for place in overlay if _lacks(running, built, place)}
    verdict = _verdict(running, built, differences, real, overlay, lacking)
    found = _new(running, built, pas_at_el2) if real else ()
    return Comparison(running.file, built.file, verdict, differences, len(lacking), len(overlay), found)


def _streams(built: Tree) -> frozenset[Subject]:
    """The streams of remote processors, where nobody says what the overlay wrote: no base has them."""
    nodes = (node for node in built.nodes.values() if is_pas(node) and "iommus" in node.properties)
    return frozenset(Subject(node.path, "iommus") for node in nodes)


def _lacks(running: Tree, built: Tree, place: Subject) -> bool:
    """Whether what the overlay wrote is not there, or is something else."""
    if place.path not in built.nodes or place.property not in built.nodes[place.path].properties:
        return False
    node = running.nodes.get(place.path)
    if node is None or place.property is None or place.property not in node.properties:
        return True
    return diff.changed(built, running, place)


def _verdict(
    running: Tree,
    built: Tree,
    differences: tuple[Difference, ...],
    real: list[Change],
    overlay: frozenset[Subject],
    lacking: set[Subject],
) -> Sameness:
    if not differences:
        return Sameness.SAME
    if not real:
        return Sameness.BOOTLOADER
    if set(running.root.compatible).isdisjoint(built.root.compatible[:1]):
        return Sameness.OTHER_BOARD
    if lacking and lacking == overlay:
        return Sameness.NO_OVERLAY
    absent = {place for place in lacking if _is_absent(running, place)}
    if absent:
        return Sameness.PART
    return Sameness.OLDER if lacking else Sameness.DIFFERS


def _is_absent(running: Tree, place: Subject) -> bool:
    node = running.nodes.get(place.path)
    return node is None or place.property not in node.properties


def _new(running: Tree, built: Tree, pas_at_el2: bool | None) -> tuple[tuple[str, Finding], ...]:
    before = {(rule, f.subject) for rule, f in _findings(built, pas_at_el2)}
    return tuple((rule, f) for rule, f in _findings(running, pas_at_el2) if (rule, f.subject) not in before)


def _findings(tree: Tree, pas_at_el2: bool | None) -> list[tuple[str, Finding]]:
    system = System(Merged.unchanged(tree, b""), pas_at_el2)
    return [(one.rule, one.finding) for one in run(rules.MERGED, system)]
