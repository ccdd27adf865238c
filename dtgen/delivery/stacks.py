"""What became of a table's stacks, and the room that loaders give them: what the rules of tables look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from dtgen.delivery.table import Configuration, Form, Piece, Table, stem
from dtgen.devicetree import blob
from dtgen.devicetree.tree import FIXUPS, Tree
from dtgen.diagnostics import Diagnostic
from dtgen.overlay.stack import Stack
from dtgen.records import dataclass

# Source: fdt_shrink_to_minimum() in U-Boot's boot/fdt_support.c: room for five reservations, then whole pages
_RESERVATIONS = 5 * 16
_PAGE = 0x1000
_EXTLINUX_EXTRA = 8192


@dataclass(frozen=True)
class Found:
    """A piece that was found; its blob was checked."""

    file: str
    data: bytes
    tree: Tree
    source: Path | None = None
    """What it was compiled from, with labels; None where it was there as a blob, as the loader gets it."""
    parts: tuple[str, ...] = ()
    """The file names of the overlays that a kernel's Makefile has applied to it already."""


@dataclass(frozen=True, slots=True)
class Room:
    """The bytes that a loader gives an overlay's result, and those that it takes."""

    piece: Piece
    given: int
    needed: int


@dataclass(frozen=True)
class Proof:
    """A configuration and what became of its stack."""

    configuration: Configuration
    pieces: tuple[Found | None, ...]
    """As the configuration has them; None for one that is nowhere."""
    broken: tuple[Diagnostic, ...] = ()
    """Of pieces that are there and are no devicetrees."""
    stack: Stack | None = None
    """None where it was not or cannot be applied, or has no overlays."""
    refused: tuple[Diagnostic, ...] = ()
    """Why it cannot."""
    refused_at: Piece | None = None
    """The overlay that cannot be applied."""
    order: tuple[str, ...] = ()
    """Where it cannot: the pieces' names in an order in which they can."""
    cramped: Room | None = None
    """The first overlay that its loader has too little room for."""

    @property
    def base(self) -> Found | None:
        """Its base; None where it is nowhere, or an overlay."""
        first = self.pieces[0] if self.pieces else None
        return first if first and not first.tree.is_overlay else None

    @property
    def complete(self) -> bool:
        """Whether all pieces are there."""
        return bool(self.pieces) and all(self.pieces)


@dataclass(frozen=True)
class Delivery:
    """A table with its stacks."""

    table: Table
    proofs: tuple[Proof, ...]
    metadata: frozenset[str] | None = None
    """The nodes of qcom-metadata, which suffixes of compatibles name; None where it is not there."""
    searched: bool = False
    """Whether pieces were looked for in a kernel tree: one that is nowhere is not built then."""

    @cached_property
    def named(self) -> tuple[tuple[Proof, Name], ...]:
        """Each proof with what its configuration's name says."""
        return tuple((proof, Name.of(proof.configuration)) for proof in self.proofs)

    @cached_property
    def missing(self) -> Mapping[str, Sequence[tuple[Piece, str]]]:
        """The files that are nowhere, with the pieces and configurations that want them."""
        missing: dict[str, list[tuple[Piece, str]]] = {}
        for proof in self.proofs:
            if proof.broken:
                continue
            for piece, found in zip(proof.configuration.pieces, proof.pieces, strict=True):
                if found is None and not (self.table.is_fit and piece.name not in self.table.images):
                    file = self.table.file_of(proof.configuration, piece)
                    missing.setdefault(file, []).append((piece, proof.configuration.name))
        return missing

    @property
    def is_whole(self) -> bool:
        """Whether all that a table names has to be where some of it is: a boot partition, a kernel's tree."""
        if self.table.form is Form.MAKEFILE:
            return self.searched
        found = [piece for proof in self.proofs for piece in proof.pieces if piece]
        return self.table.form.is_partition and any(piece.source is None for piece in found)

    def stems(self, proof: Proof) -> Iterator[str]:
        """What the files of its pieces are called."""
        for piece in proof.configuration.pieces:
            yield stem(self.table.file_of(proof.configuration, piece))

    def lacks_symbols(self, proof: Proof) -> bool:
        """Whether a loader is to apply overlays that refer to labels to a base without any."""
        base = proof.base
        if base is None or base.source or base.tree.symbols or not self.table.form.applies:
            return False
        return any(found and FIXUPS in found.tree.root.children for found in proof.pieces[1:])

    def says_el2(self, proof: Proof) -> bool:
        """Whether something in its stack is called an overlay or a devicetree for EL2."""
        return any(map(is_el2, self.stems(proof)))


def is_el2(stem: str) -> bool:
    """Whether an overlay or a devicetree is called one for EL2."""
    return stem == "el2" or stem.endswith("-el2")


SOFTWARE = frozenset({"staging", "camx", "el2gh", "el2kvm"})
"""Suffixes that stand for software, and are no nodes of qcom-metadata. Source: meta-qcom's tables."""
_REVISION = ("r", "socv")
_WORDS = re.compile(r"[^\w.,+]+")


@dataclass(frozen=True, slots=True)
class Name:
    """What a configuration's name says of software and hardware."""

    hardware: frozenset[str]
    software: frozenset[str]

    @classmethod
    def of(cls, configuration: Configuration) -> Name:
        """By its compatible, or the parts of its name."""
        parts = (
            configuration.suffixes if configuration.compatible else _WORDS.split(configuration.name.lower())
        )
        found = frozenset(parts)
        software = found & (SOFTWARE | {"el2"})
        return cls(found - software, software)

    @property
    def revisions(self) -> frozenset[str]:
        """`r2.0`, `socv1.1`: which release of the hardware it is for."""
        return frozenset(
            part
            for part in self.hardware
            if any(part[len(r) :][:1].isdigit() for r in _REVISION if part.startswith(r))
        )


def room(form: Form, base: bytes, overlay: bytes) -> int:
    """The bytes that U-Boot gives the result of one overlay.

    Source: boot_get_fdt_fit() in boot/image-fit.c: as many as the two have; label_boot_fdtoverlay() in
    boot/pxe_utils.c: the base's and 8 KiB, in whole pages.
    """
    if form is Form.FIT:
        return len(base) + len(overlay)
    return -(-(blob.content_size(base) + _RESERVATIONS + _EXTLINUX_EXTRA) // _PAGE) * _PAGE
