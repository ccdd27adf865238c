"""Streams: which node claims which stream IDs of which SMMU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from dtgen.devicetree.cells import ID_MAP_CELLS, specifiers
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Subject

ID_BITS = 16
"""Of a stream ID, and of a mask. Source: ARM_SMMU_SMR_ID and _MASK in the kernel's arm-smmu.h."""

PLAIN_ID_BITS = 15
"""Of both where the SMMU has no extended stream IDs. Source: Arm SMMUv2 specification, SMMU_SMRn."""

MAPPING_GROUPS = 128
"""At most, of an SMMUv2; one may have fewer. Source: Arm SMMUv2 specification, SMMU_IDR0.NUMSMRG."""

# Source: arm_smmu_of_match in arm-smmu.c
_ARM_SMMU = {"arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500", "qcom,smmu-v2"}

_CELL = 0xFFFF_FFFF

_MOST_MATCHES = 256
"""For one range of an `iommu-map` with an odd mask; where it took more, the whole range counts as claimed."""


@dataclass(frozen=True, slots=True, order=True)
class StreamMatch:
    """The stream IDs that one stream match register (SMR) takes.

    A set bit in `mask` means that this bit of the ID is ignored; those bits of `id` are stored cleared.
    """

    id: int
    mask: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id & ~self.mask)

    def __str__(self) -> str:
        return f"{self.id:#x}/{self.mask:#x}"

    @property
    def count(self) -> int:
        """How many IDs."""
        return 1 << self.mask.bit_count()

    def matches(self, id: int) -> bool:
        return not (id ^ self.id) & ~self.mask

    def contains(self, other: StreamMatch) -> bool:
        """Whether the kernel lets `other` use this one's register. Source: arm_smmu_find_sme()."""
        return not other.mask & ~self.mask and not (other.id ^ self.id) & ~self.mask

    def intersects(self, other: StreamMatch) -> bool:
        """Whether an ID would match both. Source: arm_smmu_find_sme()."""
        return not (other.id ^ self.id) & ~(other.mask | self.mask)

    def intersection(self, other: StreamMatch) -> StreamMatch | None:
        """The IDs that match both; None where there are none."""
        if not self.intersects(other):
            return None
        return StreamMatch(self.id | other.id, self.mask & other.mask)

    def truncated(self, bits: int) -> StreamMatch:
        """What is left of it in a register whose fields have `bits` bits."""
        width = (1 << bits) - 1
        return StreamMatch(self.id & width, self.mask & width)


@dataclass(frozen=True, slots=True)
class StreamClaim:
    """One entry of an `iommus` or `iommu-map` property."""

    subject: Subject
    entry: int
    """From 1."""
    smmu: Node
    id: int
    """As it is written; of an `iommu-map` entry the first of its output IDs."""
    mask: int
    """As it is written; 0 where the SMMU takes one cell and has no `stream-match-mask`."""
    length: int = 1
    """How many output IDs an `iommu-map` entry has."""
    matches: tuple[StreamMatch, ...] = ()
    """The stream IDs as the kernel's driver understands the entry. Of an `iommu-map` those that no earlier
    entry took; every one of them gets a register of its own when a device asks for it."""

    @property
    def path(self) -> str:
        """Of the node that claims."""
        return self.subject.path

    @property
    def last(self) -> int:
        """The last ID as it is written, `id` itself in an `iommus`."""
        return self.id + self.length - 1

    @property
    def widest(self) -> tuple[tuple[str, int], ...]:
        """The largest numbers of the entry as it is written, and what they are."""
        what = "stream ID" if self.length == 1 else "last stream ID"
        return (what, self.last), ("mask", self.mask)

    @property
    def is_truncated(self) -> bool:
        """Whether the kernel's driver drops bits of it: then `matches` are hardly what was meant."""
        return is_smmu_v2(self.smmu) and any(value >> ID_BITS for _, value in self.widest)

    @property
    def is_map(self) -> bool:
        return self.subject.property == "iommu-map"

    def __str__(self) -> str:
        if self.length != 1:
            return f"{self.id:#x}-{self.last:#x}"
        cells = 1 if self.is_map else self.smmu.cell("#iommu-cells") or 0
        return f"{self.id:#x}/{self.mask:#x}" if cells > 1 or self.mask else f"{self.id:#x}"


def is_smmu_v2(smmu: Node) -> bool:
    """Whether the kernel's arm-smmu driver serves it."""
    return not _ARM_SMMU.isdisjoint(smmu.compatible)


def is_smmu_v3(smmu: Node) -> bool:
    """Whether the kernel's arm-smmu-v3 driver serves it."""
    return "arm,smmu-v3" in smmu.compatible


def stream_claims(tree: Tree) -> Iterator[StreamClaim]:
    """Every well-formed entry of every `iommus` and `iommu-map`, in the order of the tree."""
    for node in tree.nodes.values():
        iommus, iommu_map = node.properties.get("iommus"), node.properties.get("iommu-map")
        if iommus:
            yield from _listed(tree, Subject(node.path, "iommus"), iommus)
        if iommu_map:
            mask = node.cell("iommu-map-mask")
            yield from _mapped(
                tree, Subject(node.path, "iommu-map"), iommu_map, _CELL if mask is None else mask
            )


def _listed(tree: Tree, subject: Subject, prop: Property) -> Iterator[StreamClaim]:
    """Source: arm_smmu_of_xlate() of both drivers."""
    for number, entry in enumerate(specifiers(tree, prop), 1):
        if entry.provider is not None and entry.sound and entry.args:
            id = entry.args[0]
            mask = entry.args[1] if len(entry.args) > 1 else _match_mask(entry.provider)
            matches = (_understood(StreamMatch(id, mask), entry.provider),)
            yield StreamClaim(subject, number, entry.provider, id, mask, matches=matches)


def _mapped(tree: Tree, subject: Subject, prop: Property, id_mask: int) -> Iterator[StreamClaim]:
    """Source: of_pci_iommu_init() in the kernel's drivers/iommu/of_iommu.c."""
    if len(prop.value) % (4 * ID_MAP_CELLS):
        return  # the kernel refuses the whole map
    for number, entry in enumerate(id_map(prop.cells, id_mask), 1):
        smmu = tree.by_phandle.get(entry.phandle)
        if smmu is not None and entry.length:
            mask = _match_mask(smmu)
            matches = (_understood(StreamMatch(out.id, out.mask | mask), smmu) for out in entry.outputs)
            yield StreamClaim(subject, number, smmu, entry.output, mask, entry.length, tuple(matches))


def _match_mask(smmu: Node) -> int:
    """The mask of entries that have none."""
    return (smmu.cell("stream-match-mask") or 0) if is_smmu_v2(smmu) else 0


def _understood(match: StreamMatch, smmu: Node) -> StreamMatch:
    return match.truncated(ID_BITS) if is_smmu_v2(smmu) else match


@dataclass(frozen=True, slots=True)
class IdMapEntry:
    """One entry of an `iommu-map`."""

    input: int
    phandle: int
    output: int
    length: int
    outputs: tuple[StreamMatch, ...]
    """The output IDs of the input IDs that no earlier entry took, disjoint."""


def id_map(cells: Sequence[int], mask: int = _CELL) -> Iterator[IdMapEntry]:
    """The entries of an `iommu-map`, up to the first that the kernel refuses.

    An input ID is looked up with the bits of `mask` (`iommu-map-mask`) alone. Entries have four cells
    whatever the provider's `#iommu-cells` says, and the first that fits wins.

    Source: of_map_id() in the kernel's drivers/of/base.c.
    """
    taken: list[range] = []
    for at in range(0, len(cells) - ID_MAP_CELLS + 1, ID_MAP_CELLS):
        first, phandle, output, length = cells[at : at + ID_MAP_CELLS]
        if first & ~mask:
            return
        inputs = range(first, first + length)
        pieces = _without(inputs, taken)
        outputs = (match for piece in pieces for match in _outputs(piece, mask, output - first))
        yield IdMapEntry(first, phandle, output, length, tuple(outputs))
        taken.append(inputs)


def _without(ids: range, taken: Iterable[range]) -> list[range]:
    """What is left of a range, in order."""
    left = [ids]
    for other in taken:
        cut = (
            (range(part.start, min(part.stop, other.start)), range(max(part.start, other.stop), part.stop))
            for part in left
        )
        left = [part for parts in cut for part in parts if part]
    return left


def _outputs(ids: range, mask: int, by: int) -> list[StreamMatch]:
    """The IDs of a range that have no bit outside the mask, with a number added to each."""
    if mask != _CELL:
        masked = (
            match
            for block in _blocks(ids)
            if not block.id & ~mask
            for match in _shifted(StreamMatch(block.id, block.mask & mask), by)
        )
        matches = list(islice(masked, _MOST_MATCHES + 1))
        if len(matches) <= _MOST_MATCHES:
            return matches
    return list(_blocks(range(ids.start + by, ids.stop + by)))


def _blocks(ids: range) -> Iterator[StreamMatch]:
    """The fewest matches that have exactly these IDs: aligned powers of two."""
    at = ids.start
    while at < ids.stop:
        largest = 1 << (ids.stop - at).bit_length() - 1
        size = min(at & -at, largest) if at else largest
        yield StreamMatch(at, size - 1)
        at += size


def _shifted(match: StreamMatch, by: int) -> Iterator[StreamMatch]:
    """Matches for the IDs of this one with a number added to each.

    A sum carries where it has a bit below the mask: there the match is halved.
    """
    carries = (match.id + by) & match.mask
    if not carries:
        yield StreamMatch(match.id + by, match.mask)
        return
    bit = carries & -carries
    for id in (match.id, match.id | bit):
        yield from _shifted(StreamMatch(id, match.mask ^ bit), by)
