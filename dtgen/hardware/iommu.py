"""Streams: which node claims which stream of which SMMU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dtgen.devicetree.cells import specifiers
from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Subject

ID_BITS = 16
"""Of a stream ID, and of a mask. Source: ARM_SMMU_SMR_ID and _MASK in the kernel's arm-smmu.h."""

# Source: arm_smmu_of_match in arm-smmu.c
_ARM_SMMU = {"arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500", "qcom,smmu-v2"}


@dataclass(frozen=True, slots=True)
class StreamClaim:
    """One entry of an `iommus` property, as it is written."""

    subject: Subject
    entry: int
    """From 1."""
    smmu: Node
    id: int
    mask: int
    """A set bit means that this bit of the id is ignored; 0 where the SMMU takes one cell."""


def is_smmu_v2(smmu: Node) -> bool:
    """Whether the kernel's arm-smmu driver serves it."""
    return not _ARM_SMMU.isdisjoint(smmu.compatible)


def stream_claims(tree: Tree) -> Iterator[StreamClaim]:
    """Every well-formed entry of every `iommus`, in the order of the tree."""
    for node in tree.nodes.values():
        prop = node.properties.get("iommus")
        if prop is None:
            continue
        for number, entry in enumerate(specifiers(tree, prop), 1):
            if entry.provider is not None and entry.sound and entry.args:
                mask = entry.args[1] if len(entry.args) > 1 else 0
                yield StreamClaim(Subject(node.path, "iommus"), number, entry.provider, entry.args[0], mask)
