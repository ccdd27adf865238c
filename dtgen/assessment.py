"""What is wrong with a tree, compared with its base, at the lines that a person edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dtgen.bases import Base
from dtgen.comparison import compare
from dtgen.devicetree import diff
from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Diagnostic, Subject
from dtgen.inspection import Inspector, Observation, following
from dtgen.locator import Locator, TreeLocator
from dtgen.result import Assessment


def assess(
    base: Base, merged: Merged, layers: Sequence[tuple[Merged, Locator]], inspector: Inspector
) -> Assessment:
    """Of the merged tree. `layers`: what was applied to the base, if that is known. Raises: ToolError."""
    before = inspector.whole(Merged.unchanged(base.tree, base.blob))
    after = inspector.after(before, merged)
    changed = {Subject(change.path, change.property) for change in diff.changes(merged.base, merged.tree)}
    written = frozenset(changed & merged.origins.keys())
    found = compare(before.observations, after.observations, written)
    locator = TreeLocator(base, base.tree.file if layers else merged.tree.file, layers)
    return Assessment(
        _located((_with_cause(o, merged, written) for o in found.introduced), locator.new),
        _located(found.fixed, locator.old),
        _located(found.pre_existing, locator.old),
        after.undocumented,
    )


def assess_alone(tree: Base, inspector: Inspector) -> Assessment:
    """Of a tree that nothing is compared with: all is its own. Raises: ToolError."""
    merged = Merged.unchanged(tree.tree, tree.blob)
    inspection = inspector.whole(merged)
    locator = TreeLocator(tree, tree.tree.file)
    return Assessment(_located(inspection.observations, locator.old), (), (), inspection.undocumented)


def _with_cause(observation: Observation, merged: Merged, written: frozenset[Subject]) -> Observation:
    """Of a place that the overlay has not touched: with what it wrote that matters there."""
    finding = observation.finding
    node = merged.tree.nodes.get(finding.subject.path)
    if node is None or finding.subject in merged.origins:
        return observation
    prop = node.properties.get(finding.subject.property or "")
    cells = prop.cells if prop else ()
    providers = {
        tree.by_phandle[c].path for c in cells for tree in (merged.base, merged.tree) if c in tree.by_phandle
    }
    providers |= {parent.path for parent in merged.tree.parents(node.path)}
    causes = sorted(
        (
            place
            for place in written
            if place.path == node.path or (place.path in providers and _matters(place.property or ""))
        ),
        key=str,
    )
    return replace(observation, finding=replace(finding, also=(*finding.also, *causes)))


def _matters(name: str) -> bool:
    """Whether other nodes are read differently where the property changes."""
    return name.endswith("-cells") or name in ("phandle", "status")


def _located(
    observations: Iterable[Observation], locate: Callable[[Observation, bool], Diagnostic]
) -> tuple[Diagnostic, ...]:
    observations = tuple(observations)
    follows = following(observations)
    located = (locate(observation, observation in follows) for observation in observations)
    return tuple(sorted(located, key=lambda diagnostic: diagnostic.sort_key))
