"""The carveout map: what memory is reserved, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from dtgen.devicetree.cells import specifiers
from dtgen.hardware.memory import Carveout, Region, overlaps
from dtgen.hardware.system import System
from dtgen.records import dataclass


class Novelty(Enum):
    """Against the tree that the map was compared with."""

    NEW = "new"
    CHANGED = "changed"
    """Its place, its size, or whether it is available."""


@dataclass(frozen=True, slots=True)
class User:
    """A node with the carveout in its `memory-region`."""

    path: str
    name: str
    """`&label`, or the path where there is none."""
    available: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """Memory that is another carveout's, too."""

    path: str
    """Of the other one."""
    name: str
    """`&label`, or the path where there is none."""
    common: Region


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """One region of a carveout."""

    path: str
    label: str | None
    region: Region | None
    """None where the kernel chooses the place."""
    size: int | None
    """In bytes; None where the tree does not say."""
    no_map: bool
    reusable: bool
    available: bool
    compatible: tuple[str, ...]
    users: tuple[User, ...]
    shared: tuple[Shared, ...]
    """With available carveouts; none for one that is not available itself."""
    change: Novelty | None

    @property
    def name(self) -> str:
        """`&label`, or the node's name where there is none."""
        return f"&{self.label}" if self.label else self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """The carveouts by address; those without a place come last."""

    file: str
    against: str | None
    """The file that it was compared with."""
    entries: tuple[MemoryEntry, ...]

    @property
    def reserved(self) -> int:
        """Bytes of available carveouts; what two have in common counts once."""
        total = at = 0
        for entry in self.entries:
            if not entry.available:
                continue
            if entry.region is None:
                total += entry.size or 0
            else:
                total += max(0, entry.region.end - max(at, entry.region.start))
                at = max(at, entry.region.end)
        return total


def memory_map(system: System, against: System | None = None) -> MemoryMap:
    """The carveouts of a system; new is what `against` does not have."""
    tree = system.tree
    users = _users(system)
    live = [carveout for carveout in system.carveouts if system.available(carveout.node)]
    shared: dict[tuple[str, Region], list[Shared]] = {}
    for overlap in overlaps(live):
        both = (overlap.first, overlap.second), (overlap.second, overlap.first)
        for one, other in both:
            place = next(region for region in one.regions if region.contains(overlap.common))
            mine = shared.setdefault((one.node.path, place), [])
            mine.append(Shared(other.node.path, tree.name_of(other.node.path), overlap.common))
    entries = []
    for carveout in system.carveouts:
        path = carveout.node.path
        change = _change(system, carveout, against) if against else None
        for region in carveout.regions or (None,):
            entries.append(
                MemoryEntry(
                    path,
                    tree.labels.get(path),
                    region,
                    region.size if region else carveout.size,
                    carveout.no_map,
                    carveout.reusable,
                    system.available(carveout.node),
                    carveout.node.compatible,
                    users.get(path, ()),
                    tuple(shared.get((path, region), ())) if region else (),
                    change,
                )
            )
    entries.sort(key=lambda entry: (entry.region is None, entry.region or Region(0, 0)))
    return MemoryMap(tree.file, against.tree.file if against else None, tuple(entries))


def _users(system: System) -> Mapping[str, tuple[User, ...]]:
    """By the carveout's path, in the order of the tree."""
    tree = system.tree
    found: dict[str, dict[str, User]] = {}
    for node in tree.nodes.values():
        prop = node.properties.get("memory-region")
        for entry in specifiers(tree, prop) if prop else ():
            if entry.provider:
                user = User(node.path, tree.name_of(node.path), system.available(node))
                found.setdefault(entry.provider.path, {})[node.path] = user
    return {path: tuple(users.values()) for path, users in found.items()}


def _change(system: System, carveout: Carveout, against: System) -> Novelty | None:
    before = next((other for other in against.carveouts if other.node.path == carveout.node.path), None)
    if before is None:
        return Novelty.NEW
    now = carveout.regions, carveout.size, system.available(carveout.node)
    return Novelty.CHANGED if now != (before.regions, before.size, against.available(before.node)) else None
