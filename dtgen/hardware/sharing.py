"""Streams that two nodes claim, and what the kernel makes of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from heapq import merge
from itertools import islice

from dtgen.devicetree.tree import Node
from dtgen.hardware.iommu import StreamClaim, StreamMatch, is_smmu_v2, is_smmu_v3
from dtgen.hardware.pas import is_firmware_child, is_pas
from dtgen.records import dataclass

MAX_OVERLAPS = 10_000
"""On one SMMU; a hostile tree has a hundred thousand claims on one ID, and the pairs of these have no end."""
_MAX_PAIRS = 100 * MAX_OVERLAPS
"""With those of one node, which are nobody's business but its own."""
_FEW_MASKS = 64


class Sharing(Enum):
    """What becomes of two nodes that claim the same stream IDs."""

    ATTACH = "attach"
    """A driver attaches a domain of its own to one of them, and must not: it shares its IOMMU group."""
    PARTIAL = "partial"
    """SMMUv2, neither match contains the other: the second to be probed is refused."""
    ALIASED = "aliased"
    """SMMUv3, where a stream belongs to one device: the second to be probed is refused."""
    GROUP = "group"
    """SMMUv2, identical or contained: they share an IOMMU group, and with it an address space."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Claims of two nodes that have stream IDs in common; `first` comes first in the tree."""

    first: StreamClaim
    second: StreamClaim
    sharing: Sharing
    common: StreamMatch
    """IDs that both have: all of them, but for an `iommu-map`, which may have more."""

    def other(self, claim: StreamClaim) -> StreamClaim:
        return self.second if claim is self.first else self.first

    @property
    def identical(self) -> bool:
        return self.first.matches == self.second.matches

    @property
    def ordered(self) -> bool:
        """Whether it works in one order of probing alone: one match contains the other and is wider."""
        ranges = self.first.is_range or self.second.is_range
        return self.sharing is Sharing.GROUP and not ranges and not self.identical


def attaches(node: Node) -> bool:
    """Whether its driver attaches a domain of its own to it, for which it must be alone in its IOMMU group.

    Source: iommu_attach_device() in the kernel's drivers/iommu/iommu.c, and its callers
    qcom_q6v5_pas.c, venus/firmware.c and ath11k/ahb.c.
    """
    return is_pas(node) or is_firmware_child(node)


def overlaps(claims: Iterable[StreamClaim], nodes: Mapping[str, Node]) -> Iterator[Overlap]:
    """Every two claims of different nodes that have a stream ID of one SMMU in common.

    `nodes`: by path. Claims on an IOMMU that is no Arm SMMU are left out, for its cells may mean anything.
    """
    for of_one in by_smmu(claims).values():
        matches = [(claim, match) for claim in of_one for match in claim.matches]
        found: set[tuple[int, int]] = set()
        pairs = islice(intersecting([match for _, match in matches]), _MAX_PAIRS)
        apart = (pair for pair in pairs if matches[pair[0]][0].path != matches[pair[1]][0].path)
        for one, other in islice(apart, MAX_OVERLAPS):
            (first, match), (second, against) = matches[one], matches[other]
            if (id(first), id(second)) in found:
                continue
            common = match.intersection(against)
            assert common
            found.add((id(first), id(second)))
            if attaches(nodes[first.path]) or attaches(nodes[second.path]):
                sharing = Sharing.ATTACH
            elif is_smmu_v3(first.smmu):
                sharing = Sharing.ALIASED
            elif first.is_range or second.is_range or match.contains(against) or against.contains(match):
                sharing = Sharing.GROUP
            else:
                sharing = Sharing.PARTIAL
            yield Overlap(first, second, sharing, common)


def intersecting(matches: Sequence[StreamMatch]) -> Iterator[tuple[int, int]]:
    """The indexes of every two that have an ID in common, in order.

    Two intersect where their IDs are equal in the bits that neither ignores: for each two masks, that is a
    look into a table. Trees have few masks.
    """
    masks = list(dict.fromkeys(match.mask for match in matches))
    tables: dict[tuple[int, int], dict[int, list[int]]] = {}
    if len(masks) <= _FEW_MASKS:
        for at, match in enumerate(matches):
            for mask in masks:
                seen = ~(mask | match.mask)
                tables.setdefault((match.mask, mask), {}).setdefault(match.id & seen, []).append(at)
    for at, match in enumerate(matches):
        if tables:
            having = (tables[mask, match.mask].get(match.id & ~(mask | match.mask), []) for mask in masks)
            later = merge(*(_behind(at, places) for places in having))
        else:
            behind = range(at + 1, len(matches))
            later = (other for other in behind if match.intersects(matches[other]))
        for other in later:
            yield at, other


def _behind(at: int, places: Sequence[int]) -> Iterator[int]:
    return (places[index] for index in range(bisect_right(places, at), len(places)))


def by_smmu(claims: Iterable[StreamClaim]) -> dict[str, list[StreamClaim]]:
    """The claims on each Arm SMMU, by its path, in their order."""
    found: dict[str, list[StreamClaim]] = {}
    for claim in claims:
        if is_smmu_v2(claim.smmu) or is_smmu_v3(claim.smmu):
            found.setdefault(claim.smmu.path, []).append(claim)
    return found


def groups(shared: Iterable[Overlap]) -> list[list[Overlap]]:
    """Put together what belongs to one IOMMU group: a node is in one group with all its streams.

    Source: arm_smmu_device_group() in the kernel's arm-smmu.c.
    """
    found: list[tuple[set[str], list[Overlap]]] = []
    for overlap in shared:
        paths, members = {overlap.first.path, overlap.second.path}, [overlap]
        apart = []
        for group in found:
            if group[0].isdisjoint(paths):
                apart.append(group)
            else:
                paths |= group[0]
                members = group[1] + members
        found = [*apart, (paths, members)]
    return [members for _, members in found]


def mapping_groups(claims: Iterable[StreamClaim]) -> set[StreamMatch]:
    """The matches for which the kernel takes a stream mapping group (SMR and S2CR) of an SMMUv2.

    A match that another one contains uses its register: that is how many there are in the best order of
    probing. How many devices are behind an `iommu-map` entry nobody knows from the tree: it counts as
    one, so that the number is never too high.

    Source: arm_smmu_find_sme() and arm_smmu_master_alloc_smes() in the kernel's arm-smmu.c.
    """
    matches: set[StreamMatch] = set()
    for claim in claims:
        if not claim.is_range:
            matches.update(claim.matches)
        elif claim.matches:
            matches.add(StreamMatch(claim.matches[0].id, claim.mask))
    wide = [match for match in matches if match.mask]
    return {match for match in matches if not any(other.contains(match) and other != match for other in wide)}
