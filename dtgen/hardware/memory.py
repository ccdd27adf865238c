"""Memory that is reserved: regions of addresses, and the carveouts that have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.devicetree.values import cells_of
from dtgen.records import dataclass

PAGE = 0x1000
"""What IOMMU mappings are a multiple of, in bytes. Source: SZ_4K in the kernel's io-pgtable-arm.c."""

RESERVED_MEMORY = "/reserved-memory"


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """Physical addresses from `start` up to `end`, which is not one of them."""

    start: int
    end: int

    @classmethod
    def of(cls, start: int, size: int) -> Region:
        """`size` in bytes."""
        return cls(start, start + size)

    def __str__(self) -> str:
        """As the kernel's log has it: with the last address."""
        return f"{self.start:#x}..{self.end - 1:#x}" if self.size else f"{self.start:#x} (empty)"

    @property
    def size(self) -> int:
        """In bytes; an empty region overlaps nothing."""
        return self.end - self.start

    def overlaps(self, other: Region) -> bool:
        return self.intersection(other) is not None

    def intersection(self, other: Region) -> Region | None:
        """The addresses that are in both; None where there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Region(start, end) if start < end else None

    def contains(self, other: Region) -> bool:
        """Whether all of the other's addresses are in this one; an empty one's always are."""
        return not other.size or (self.start <= other.start and other.end <= self.end)

    def aligned(self, to: int) -> bool:
        """Whether both start and size are multiples of `to` bytes."""
        return not (self.start % to or self.size % to)


@dataclass(frozen=True, slots=True)
class Carveout:
    """A child of `/reserved-memory`."""

    node: Node
    regions: tuple[Region, ...]
    """Of its `reg`. Empty for one whose place the kernel chooses when it boots."""
    size: int | None
    """In bytes, of one without `reg`; None where `size` is not there either."""

    @property
    def no_map(self) -> bool:
        return "no-map" in self.node.properties

    @property
    def reusable(self) -> bool:
        return "reusable" in self.node.properties


def carveouts(tree: Tree) -> Iterator[Carveout]:
    """Every carveout, in the order of the tree.

    Source: fdt_scan_reserved_mem() in the kernel's drivers/of/of_reserved_mem.c.
    """
    parent = tree.nodes.get(RESERVED_MEMORY)
    if parent is None:
        return
    address, size = cells_of(parent)
    for node in parent.children.values():
        reg, wanted = node.properties.get("reg"), node.properties.get("size")
        regions = tuple(_regions(reg, address, size)) if reg else ()
        yield Carveout(node, regions, _number(wanted.cells) if wanted and not reg else None)


def _regions(reg: Property, address: int, size: int) -> Iterator[Region]:
    """Whole entries only; dtc complains of the others."""
    cells, step = reg.cells, address + size
    for at in range(0, len(cells) - step + 1, step) if step else ():
        yield Region.of(_number(cells[at : at + address]), _number(cells[at + address : at + step]))


def _number(cells: tuple[int, ...]) -> int:
    number = 0
    for cell in cells:
        number = number << 32 | cell
    return number


@dataclass(frozen=True, slots=True)
class RegionOverlap:
    """Two carveouts with memory in common; `first` begins first."""

    first: Carveout
    second: Carveout
    common: Region


def overlaps(carveouts: Iterable[Carveout]) -> Iterator[RegionOverlap]:
    """Every two regions of different carveouts that have memory in common, by address.

    Source: __rmem_check_for_overlap() in the kernel's drivers/of/of_reserved_mem.c.
    """
    placed = [(region, carveout) for carveout in carveouts for region in carveout.regions]
    placed.sort(key=lambda place: place[0])
    for index, (region, carveout) in enumerate(placed):
        for other, neighbour in islice(placed, index + 1, None):
            if other.start >= region.end:
                break
            common = region.intersection(other)
            if common and neighbour is not carveout:
                yield RegionOverlap(carveout, neighbour, common)


def size_text(size: int) -> str:
    """Bytes in hex, and as a person says it where that is a whole number: `0x200000 (2 MiB)`."""
    human = human_size(size)
    return f"{size:#x} ({human})" if human else f"{size:#x}"


def human_size(size: int) -> str:
    """A whole number of MiB or of KiB; empty where it is none."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size and not size % unit:
            return f"{size // unit} {name}"
    return ""
