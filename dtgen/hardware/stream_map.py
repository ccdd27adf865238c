"""The stream map: every Arm SMMU of a system with the streams that nodes claim of it."""

from __future__ import annotations

from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Subject
from dtgen.hardware.iommu import StreamClaim, StreamMatch, is_smmu_v2
from dtgen.hardware.sharing import Sharing, by_smmu, mapping_groups
from dtgen.hardware.system import System
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Claimant:
    """An entry of a node's property that claims a stream."""

    subject: Subject
    label: str | None
    entry: int
    """From 1."""
    available: bool
    new: bool
    """Whether the tree that it was compared with has no such entry, or has its node disabled."""
    sharing: Sharing | None
    """What becomes of it because others claim the stream, the worst; None where it is alone."""
    shares_with: tuple[str, ...]
    """The paths of those others; their claims may be other streams, which overlap this one."""
    matches: tuple[StreamMatch, ...] = ()
    """The IDs as the kernel's driver understands the entry: see `StreamClaim.matches`."""

    @property
    def name(self) -> str:
        """`&label`, or the node's name where there is none."""
        return f"&{self.label}" if self.label else self.subject.path.rpartition("/")[2]

    @property
    def conflicts(self) -> bool:
        return self.sharing not in (None, Sharing.GROUP)


@dataclass(frozen=True, slots=True)
class Stream:
    """What is claimed, and by whom."""

    id: int
    """Without the bits that the mask ignores."""
    mask: int
    length: int
    """More than 1 for a range of an `iommu-map`: so many IDs from `id` on."""
    claimants: tuple[Claimant, ...]
    """In the order of the tree."""


@dataclass(frozen=True, slots=True)
class Smmu:
    """An SMMU and its streams."""

    path: str
    label: str | None
    version: int
    """2 (for 1, too) or 3."""
    status: str
    available: bool
    mapping_groups: int | None
    """How many its available claimants need at the least; None for SMMUv3, which has none."""
    streams: tuple[Stream, ...]
    """By ID."""


@dataclass(frozen=True, slots=True)
class StreamMap:
    """The SMMUs of which streams are claimed, in the order of the tree."""

    file: str
    against: str | None
    """The file that it was compared with."""
    smmus: tuple[Smmu, ...]


def stream_map(system: System, against: System | None = None) -> StreamMap:
    """The streams of a system; new is what `against` does not have."""
    shared: dict[int, list[tuple[Sharing, str]]] = {}
    for overlap in system.overlaps:
        for claim in (overlap.first, overlap.second):
            shared.setdefault(id(claim), []).append((overlap.sharing, overlap.other(claim).path))
    there = {_key(claim) for claim in against.claims} if against else set()
    live_there = {_key(claim) for claim in against.live_claims} if against else set()
    claims = by_smmu(system.claims)
    smmus = []
    for node in system.tree.nodes.values():
        rows: dict[tuple[int, int, int], list[Claimant]] = {}
        for claim in claims.get(node.path, ()):
            available = system.claims_live(system.tree.nodes[claim.path])
            new = against is not None and _key(claim) not in (live_there if available else there)
            match = StreamMatch(claim.id, claim.mask)
            row = rows.setdefault((match.id, match.mask, claim.length), [])
            row.append(_claimant(system.tree, claim, available, new, shared.get(id(claim), [])))
        if rows:
            streams = tuple(Stream(*row, tuple(claimants)) for row, claimants in sorted(rows.items()))
            smmus.append(_smmu(system, node, streams))
    return StreamMap(system.tree.file, against.tree.file if against else None, tuple(smmus))


def _key(claim: StreamClaim) -> tuple[object, ...]:
    return claim.subject, claim.smmu.path, claim.id, claim.mask, claim.length


def _claimant(
    tree: Tree, claim: StreamClaim, available: bool, new: bool, shared: list[tuple[Sharing, str]]
) -> Claimant:
    return Claimant(
        claim.subject,
        tree.labels.get(claim.path),
        claim.entry,
        available,
        new,
        min((sharing for sharing, _ in shared), key=list(Sharing).index, default=None),
        tuple(dict.fromkeys(path for _, path in shared)),
        claim.matches,
    )


def _smmu(system: System, node: Node, streams: tuple[Stream, ...]) -> Smmu:
    v2 = is_smmu_v2(node)
    return Smmu(
        node.path,
        system.tree.labels.get(node.path),
        2 if v2 else 3,
        node.status,
        system.available(node),
        len(mapping_groups(claim for claim in system.live_claims if claim.smmu is node)) if v2 else None,
        streams,
    )
