"""Streams: which node claims which stream IDs of which SMMU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from dtgen.devicetree.cells import MapEntry, id_map, specifiers
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Subject
from dtgen.records import dataclass

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
    """As it is written; 0 where there is none and the SMMU has no `stream-match-mask`."""
    length: int = 1
    """How many output IDs an `iommu-map` entry has."""
    matches: tuple[StreamMatch, ...] = ()
    """The stream IDs as the kernel's driver understands the entry. Of an `iommu-map` those that no earlier
    entry took; every one of them gets a register of its own when a device asks for it."""
    cells: int = 1
    """How many its specifier has."""

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
        what = "last stream ID" if self.is_range else "stream ID"
        return (what, self.last), ("mask", self.mask)

    @property
    def is_truncated(self) -> bool:
        """Whether the kernel's driver drops bits of it: then `matches` are hardly what was meant."""
        return is_smmu_v2(self.smmu) and any(value >> ID_BITS for _, value in self.widest)

    @property
    def is_range(self) -> bool:
        """Whether it is several IDs of an `iommu-map`, each with a register of its own."""
        return self.length != 1

    def __str__(self) -> str:
        if self.is_range:
            return f"{self.id:#x}-{self.last:#x}"
        return f"{self.id:#x}/{self.mask:#x}" if self.cells > 1 or self.mask else f"{self.id:#x}"


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
            yield from _mapped(tree, Subject(node.path, "iommu-map"), iommu_map, id_mask(node, "iommu-map"))


def _listed(tree: Tree, subject: Subject, prop: Property) -> Iterator[StreamClaim]:
    """Source: of_iommu_configure_dev() in of_iommu.c, arm_smmu_of_xlate() of both drivers."""
    for number, entry in enumerate(specifiers(tree, prop), 1):
        if entry.is_empty:
            return
        if entry.provider is not None and entry.sound and entry.args:
            id, mask = _id_and_mask(entry.provider, entry.args)
            matches = (_understood(StreamMatch(id, mask), entry.provider),)
            yield StreamClaim(subject, number, entry.provider, id, mask, 1, matches, len(entry.args))


def _mapped(tree: Tree, subject: Subject, prop: Property, id_mask: int) -> Iterator[StreamClaim]:
    """Source: of_pci_iommu_init() in the kernel's drivers/iommu/of_iommu.c."""
    if len(prop.value) % 4:
        return  # the kernel refuses the whole map
    for number, (entry, outputs) in enumerate(map_outputs(id_map(tree, prop), id_mask), 1):
        smmu = entry.provider
        if smmu is not None and entry.output and entry.length and not is_refused_range(entry):
            id, mask = _id_and_mask(smmu, entry.output)
            matches = (_understood(StreamMatch(out.id, out.mask | mask), smmu) for out in outputs)
            cells = len(entry.output)
            yield StreamClaim(subject, number, smmu, id, mask, entry.length, tuple(matches), cells)


def _id_and_mask(smmu: Node, args: tuple[int, ...]) -> tuple[int, int]:
    return args[0], args[1] if len(args) > 1 else _match_mask(smmu)


def _match_mask(smmu: Node) -> int:
    """The mask of entries that have none."""
    return (smmu.cell("stream-match-mask") or 0) if is_smmu_v2(smmu) else 0


def _understood(match: StreamMatch, smmu: Node) -> StreamMatch:
    return match.truncated(ID_BITS) if is_smmu_v2(smmu) else match


def id_mask(node: Node, name: str) -> int:
    """What an ID is masked with before it is looked up in the map `name`."""
    mask = node.cell(f"{name}-mask")
    return _CELL if mask is None else mask


def is_refused_range(entry: MapEntry) -> bool:
    """Whether an entry has several IDs, and an output of which the kernel cannot tell what counts up.

    Source: of_map_id() in the kernel's drivers/of/base.c.
    """
    return entry.length > 1 and len(entry.output) > 1


def map_outputs(
    entries: Iterable[MapEntry], mask: int = _CELL
) -> Iterator[tuple[MapEntry, tuple[StreamMatch, ...]]]:
    """The entries of a map with their output IDs, up to the first that the kernel refuses.

    The output IDs are those of the input IDs that no earlier entry took, disjoint: the first entry that
    fits wins. None where the output has no cells. `mask`: see `id_mask()`.

    Source: of_map_id() in the kernel's drivers/of/base.c.
    """
    taken: list[range] = []
    for entry in entries:
        if not entry.sound or entry.input & ~mask:
            return
        inputs = range(entry.input, entry.input + entry.length)
        pieces = _without(inputs, taken) if entry.output and not is_refused_range(entry) else []
        outputs = (m for piece in pieces for m in _outputs(piece, mask, entry.output[0] - entry.input))
        yield entry, tuple(outputs)
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
