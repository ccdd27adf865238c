"""What messages call things."""

from __future__ import annotations

from collections.abc import Sequence

from dtgen.devicetree.tree import Tree
from dtgen.hardware.iommu import StreamClaim

_MOST = 3

WIRED = "stream IDs are wired in hardware: the vendor's documentation must say this one"
"""Of a stream that is wrong: no number that happens to be free is the fix."""


def claimant(tree: Tree, path: str) -> str:
    """A node that claims a stream: its label, or its path without the middle."""
    label = tree.labels.get(path)
    names = path.split("/")
    return label or (path if len(names) < 4 else f"/{names[1]}/…/{names[-1]}")


def claimed(tree: Tree, claim: StreamClaim) -> str:
    """What is claimed by whom, and of which SMMU."""
    what = "stream" if claim.length == 1 else "streams"
    return f"{what} {claim} of {claimant(tree, claim.path)} on {tree.name_of(claim.smmu.path)}"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of more than three the first two and the number of the others."""
    if len(names) > _MOST:
        names = (*names[: _MOST - 1], f"{len(names) - _MOST + 1} others")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
