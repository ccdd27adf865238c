"""What becomes of every user of PAS at EL2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Subject
from dtgen.hardware.iommu import StreamClaim
from dtgen.hardware.pas import Need, PasKind, firmware_child, kind_of
from dtgen.hardware.status import unavailable
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass


class Fate(Enum):
    """What a tree for EL2 does about a user of PAS."""

    STREAM = "has a stream"
    DISABLED = "disabled"
    UNTOUCHED = "untouched"
    FORGOTTEN = "forgotten"
    """Available, and at EL2 it cannot work as it is."""


@dataclass(frozen=True, slots=True)
class PasUser:
    """A user of PAS and its fate."""

    path: str
    name: str
    """`&label`, or the path where there is none."""
    kind: PasKind
    fate: Fate
    why: str
    """What disabled it, why it may be left alone, or what it lacks."""
    streams: str = ""
    """Of its firmware, on which SMMU."""


def pas_users(
    merged: Merged, claims: Iterable[StreamClaim], pas_at_el2: bool, streamless: Mapping[str, str]
) -> Iterator[PasUser]:
    """Every one of the merged tree, in its order.

    `claims`: the tree's. `pas_at_el2`: whether TrustZone serves PAS to Linux at EL2. `streamless`: why one,
    by path, has no stream for its firmware, and needs none.
    """
    by_property: dict[Subject, list[StreamClaim]] = {}
    for claim in claims:
        by_property.setdefault(claim.subject, []).append(claim)
    for node in merged.tree.nodes.values():
        kind = kind_of(node)
        if kind is None:
            continue
        holder = _holder(node, kind)
        streams = _streams(merged.tree, holder, by_property) if holder else ""
        fate, why = _fate(merged, node, kind, streams, pas_at_el2)
        if fate is Fate.FORGOTTEN and node.path in streamless:
            fate, why = Fate.UNTOUCHED, streamless[node.path]
        yield PasUser(node.path, merged.tree.name_of(node.path), kind, fate, why, streams)


def _holder(node: Node, kind: PasKind) -> Subject | None:
    """The property with the stream of the firmware."""
    child = firmware_child(node)
    if kind.need is Need.STREAM:
        return Subject(node.path, "iommus")
    if child:
        return Subject(child.path, "iommus")
    return Subject(node.path, "iommu-map") if kind.has_functions else None


def _fate(merged: Merged, node: Node, kind: PasKind, streams: str, pas_at_el2: bool) -> tuple[Fate, str]:
    off = unavailable(merged.tree, node)
    child = firmware_child(node)
    if off:
        return Fate.DISABLED, _disabled(merged, node, off)
    if streams and kind.need is Need.STREAM:
        return Fate.STREAM, "" if pas_at_el2 else "but PAS is not served at EL2"
    if streams:
        return Fate.STREAM, f"of its {child.name}" if child else "of its iommu-map, by function"
    if kind.need is Need.NOTHING:
        return Fate.UNTOUCHED, kind.untouched
    if kind.need is Need.STREAM and not pas_at_el2:
        return Fate.UNTOUCHED, "PAS is not served at EL2: it runs as the firmware left it, if at all"
    return Fate.FORGOTTEN, f"its {child.name} has no stream" if child else f"it needs {kind.need.value}"


def _disabled(merged: Merged, node: Node, off: Node) -> str:
    base = merged.base.nodes.get(node.path)
    by = "in the base" if base and unavailable(merged.base, base) else "by the overlay"
    return by if off is node else f"{by}, with {merged.tree.name_of(off.path)}"


def _streams(tree: Tree, holder: Subject, claims: Mapping[Subject, Sequence[StreamClaim]]) -> str:
    name = holder.property or ""
    sound = (f"{claim} on {tree.name_of(claim.smmu.path)}" for claim in claims.get(holder, ()))
    # the driver asks whether the property is there, not what is in it
    return ", ".join(sound) or (name if name in tree.nodes[holder.path].properties else "")
