"""The stream IDs of an SMMU in rows, of which only those are kept that somebody claims.

A mask makes IDs match that are far apart, so that an interval is no picture of a claim. In rows of 64 it is a
pattern: the low bits of the mask repeat a square within its row, the high ones repeat the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dtgen.hardware.iommu import StreamMatch
from dtgen.hardware.stream_map import Claimant, Smmu
from dtgen.records import dataclass

COLUMN_BITS = 6
COLUMNS = 1 << COLUMN_BITS
_LARGEST = 32
"""Bits of a stream ID, at the most: a cell."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A node's claim on some IDs."""

    claimant: Claimant
    match: StreamMatch
    text: str
    """As it is written: `0x21c0/0x400`."""
    ignored: int
    """The bits that its mask ignores; those of a range are none."""

    def echoes(self, id: int) -> bool:
        """Whether it does not name the ID, and has it since the mask ignores bits."""
        return bool(id & self.ignored)


@dataclass(frozen=True, slots=True)
class IdRow:
    """IDs that begin at a multiple of 64, and the claims that have one of them at the least."""

    start: int
    alike: int
    """How many rows from here on have the same claims in the same columns."""
    claims: tuple[Claim, ...]
    """The wider ones first."""


def claims(smmu: Smmu) -> Iterator[Claim]:
    """Every match of the SMMU, by ID."""
    for stream in smmu.streams:
        text = f"{stream.id:#x}/{stream.mask:#x}" if smmu.version < 3 else f"{stream.id:#x}"
        if stream.length > 1:
            text = f"{stream.id:#x}-{stream.id + stream.length - 1:#x}"
        for claimant in stream.claimants:
            yield from (Claim(claimant, match, text, stream.mask & match.mask) for match in claimant.matches)


def rows(held: Sequence[Claim]) -> Iterator[IdRow]:
    """Every row that has a claim, by ID; there may be very many."""
    current: IdRow | None = None
    for row in _split(0, _LARGEST, tuple(sorted(held, key=lambda claim: -claim.match.count))):
        if current and current.start + current.alike * COLUMNS == row.start and _same(current, row):
            current = replace(current, alike=current.alike + row.alike)
            continue
        if current:
            yield current
        current = row
    if current:
        yield current


def _split(start: int, bits: int, held: tuple[Claim, ...]) -> Iterator[IdRow]:
    """Halve the IDs from `start` on until the rows of a part have the same claims."""
    if not held:
        return
    above = (1 << bits) - COLUMNS  # the bits that tell the rows apart
    if all(claim.match.mask & above == above for claim in held):
        yield IdRow(start, 1 << bits - COLUMN_BITS, held)
        return
    bit = 1 << bits - 1
    for half in (start, start | bit):
        within = (c for c in held if c.match.mask & bit or not (c.match.id ^ half) & bit)
        yield from _split(half, bits - 1, tuple(within))


def _same(one: IdRow, other: IdRow) -> bool:
    """Whether the same nodes claim the same columns of both."""
    return [(c.claimant, columns(c.match)) for c in one.claims] == [
        (c.claimant, columns(c.match)) for c in other.claims
    ]


def columns(match: StreamMatch) -> tuple[int, ...]:
    """Those that it has in each of its rows, from 0 to 63."""
    return tuple(c for c in range(COLUMNS) if not (c ^ match.id) & ~match.mask & (COLUMNS - 1))
