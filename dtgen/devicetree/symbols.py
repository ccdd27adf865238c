"""Labels for a base that was compiled without them, from trees that have them.

A label is taken only where the node that it names there and the node at the same path of the base
agree: paths alone are equal on boards whose hardware is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dtgen.devicetree.tree import Node, Tree
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What could be found of the labels that were wanted, in their order."""

    paths: Mapping[str, str]
    """Label to path in the base."""
    sources: Mapping[str, str]
    """Label to what messages call the tree that it is from."""
    refused: Mapping[str, str]
    """Label to why no tree's node would do."""


def borrow(base: Tree, labels: Iterable[str], sources: Sequence[Tree]) -> Borrowed:
    """Look each label up in the sources, in their order; the first whose node agrees is taken."""
    paths: dict[str, str] = {}
    taken: dict[str, str] = {}
    refused: dict[str, str] = {}
    for label in labels:
        reasons = []
        for source in sources:
            path = source.symbols.get(label)
            labelled = source.nodes.get(path) if path else None
            if path is None or labelled is None:
                reasons.append(f"{source.file} does not have it")
                continue
            reason = disagreement(labelled, base.nodes.get(path))
            if reason is None:
                paths[label], taken[label] = path, source.file
                break
            reasons.append(f"{path} {reason} {source.file}")
        else:
            refused[label] = "; ".join(reasons) or "there is no tree to look it up in"
    return Borrowed(paths, taken, refused)


def disagreement(wanted: Node, found: Node | None) -> str | None:
    """How the node of a base differs from the labelled one; None where they can be the same device."""
    if found is None:
        return "does not exist in the base, but does in"
    if wanted.compatible != found.compatible and set(wanted.compatible).isdisjoint(found.compatible):
        return f"is {_shown(found.compatible)} in the base, {_shown(wanted.compatible)} in"
    if wanted.properties.get("reg") != found.properties.get("reg"):
        return "has another reg in the base than in"
    return None


def _shown(compatible: tuple[str, ...]) -> str:
    return compatible[0] if compatible else "without compatible"
