"""A merged tree as the system that it describes: what rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Subject
from dtgen.hardware.coverage import PasUser, pas_users
from dtgen.hardware.iommu import StreamClaim, stream_claims
from dtgen.hardware.memory import Carveout, carveouts
from dtgen.hardware.pas import is_firmware_child
from dtgen.hardware.sharing import Overlap, overlaps
from dtgen.hardware.status import is_available
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass


@dataclass(frozen=True)
class System:
    """What several rules need is read off the tree once."""

    merged: Merged
    pas_at_el2: bool | None = None
    """Whether TrustZone serves PAS to Linux at EL2. None: nobody said that the tree is for EL2, and rules
    that hold there alone have nothing to say."""
    max_iommus: int | None = None
    """Entries that the loaded `qcom,pas-common` binding allows in `iommus`; None where it has no limit."""
    streamless: Mapping[str, str] = field(default_factory=dict)
    """Why a user of PAS, by path, has no stream for its firmware, and needs none."""

    @property
    def tree(self) -> Tree:
        return self.merged.tree

    @cached_property
    def claims(self) -> tuple[StreamClaim, ...]:
        """Every well-formed entry of every `iommus` and `iommu-map`, of unavailable nodes too."""
        return tuple(stream_claims(self.tree))

    @cached_property
    def live_claims(self) -> tuple[StreamClaim, ...]:
        """Those of available nodes: only these are something to the kernel."""
        return tuple(claim for claim in self.claims if self.claims_live(self.tree.nodes[claim.path]))

    @cached_property
    def overlaps(self) -> tuple[Overlap, ...]:
        """Every two claims of available nodes that have a stream in common.

        Without those that are wider than the SMMU: nobody knows which stream was meant.
        """
        claims = (claim for claim in self.live_claims if not claim.is_truncated)
        return tuple(overlaps(claims, self.tree.nodes))

    @cached_property
    def pas_users(self) -> tuple[PasUser, ...]:
        """Every user of PAS with its fate at EL2; none where nobody said that the tree is for EL2."""
        if self.pas_at_el2 is None:
            return ()
        return tuple(pas_users(self.merged, self.claims, self.pas_at_el2, self.streamless))

    @cached_property
    def carveouts(self) -> tuple[Carveout, ...]:
        """Every one, of unavailable nodes too."""
        return tuple(carveouts(self.tree))

    def edited(self, *claims: StreamClaim) -> StreamClaim:
        """The claim to speak of: what the overlay wrote, or else what is in a node that it wrote to.

        The last one where there are several, or none.
        """
        return max(
            reversed(claims), key=lambda claim: (self.wrote(claim.subject), self.wrote(Subject(claim.path)))
        )

    def wrote(self, subject: Subject) -> bool:
        """Whether the overlay wrote the node or property itself."""
        return subject in self.merged.origins

    def available(self, node: Node) -> bool:
        return is_available(self.tree, node)

    def claims_live(self, node: Node) -> bool:
        """Whether what it claims is something to the kernel.

        A firmware child's parent makes a device of it whatever its own status.
        Source: see `is_firmware_child()`.
        """
        return self.available(next(self.tree.parents(node.path)) if is_firmware_child(node) else node)
