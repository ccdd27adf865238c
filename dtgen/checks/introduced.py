"""What is wrong with a tree, compared with its base, at the lines that a person edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dtgen.checks.cache import KeptVerdict
from dtgen.checks.comparison import compare
from dtgen.checks.findings import Observation
from dtgen.checks.location import Locate, Locator, TreeLocator
from dtgen.checks.tree import Inspector, following
from dtgen.devicetree import diff
from dtgen.devicetree.cells import SPECIFIERS
from dtgen.devicetree.tree import Node, Tree
from dtgen.devicetree.values import interrupt_parent
from dtgen.diagnostics import Diagnostic, Subject
from dtgen.overlay.base import Base
from dtgen.overlay.merge import Merged
from dtgen.results import Assessment

_OF_PARENTS = ("#address-cells", "#size-cells", "interrupt-parent", "status")
"""Properties of a node by which those below it are read."""


def assess(
    base: Base,
    merged: Merged,
    layers: Sequence[tuple[Merged, Locator]],
    inspector: Inspector,
    pas_at_el2: bool | None = None,
    streamless: Mapping[str, str] | None = None,
    made: Base | None = None,
) -> Assessment:
    """Of the merged tree. Raises: ToolError.

    `layers`: what was applied to the base, if that is known. `pas_at_el2`: whether TrustZone serves PAS to
    Linux at EL2; None where the merged tree is not for EL2. The base never is. `streamless`: see `System`.
    `made`: the merged tree, where that has sources of its own.
    """
    before = inspector.whole(Merged.unchanged(base.tree, base.blob))
    after = inspector.after(before, merged, pas_at_el2, streamless)
    written = frozenset(p for p in merged.origins if diff.changed(merged.base, merged.tree, p))
    found = compare(before.verdict.observations, after.verdict.observations, written)
    locator = TreeLocator(base, base.tree.file if layers else merged.tree.file, layers, made)
    introduced = _located((_with_cause(o, merged, written) for o in found.introduced), locator.new)
    return Assessment(
        # what a person has written comes before what it breaks elsewhere
        tuple(sorted(introduced, key=lambda d: d.at is None or d.at.subject not in merged.origins)),
        _located(found.fixed, locator.old),
        _located(found.pre_existing, locator.old),
        after.verdict.undocumented,
        after.verdict.pas_users,
    )


def assess_alone(tree: Base, inspector: Inspector, pas_at_el2: bool | None = None) -> Assessment:
    """Of a tree that nothing is compared with: all is its own. Raises: ToolError."""
    merged = Merged.unchanged(tree.tree, tree.blob)
    verdict = inspector.whole(merged, pas_at_el2).verdict
    return assess_verdict(verdict, TreeLocator(tree, tree.tree.file).old)


def assess_verdict(verdict: KeptVerdict, locate: Locate) -> Assessment:
    """Of a tree that nothing is compared with, by what is said of it."""
    introduced = _located(verdict.observations, locate)
    return Assessment(introduced, (), (), verdict.undocumented, verdict.pas_users)


def _with_cause(observation: Observation, merged: Merged, written: frozenset[Subject]) -> Observation:
    """Of a place that the overlay has not touched: with what it wrote that matters there."""
    finding = observation.finding
    node = merged.tree.nodes.get(finding.subject.path)
    if node is None or finding.subject in merged.origins:
        return observation
    name = finding.subject.property or ""
    around = {parent.path for parent in merged.tree.parents(node.path)}
    providers = {path for tree in (merged.base, merged.tree) for path in _providers(tree, node, name)}
    causes = [
        place
        for place in written
        if (place.path in providers and _is_read_for(place.property or "", name))
        or (place.path in around and place.property in _OF_PARENTS)
    ]
    # what else was written to the node is to blame only where nothing better is known
    causes = causes or [place for place in written if place.path == node.path]
    return replace(observation, finding=replace(finding, also=(*finding.also, *sorted(causes, key=str))))


def _providers(tree: Tree, node: Node, name: str) -> Iterator[str]:
    """The nodes that a property refers to."""
    prop = node.properties.get(name)
    if prop is None:
        return
    if name == "interrupts":
        parent = interrupt_parent(tree, node)
        yield from [parent.path] if parent else []
        return
    yield from (tree.by_phandle[cell].path for cell in prop.cells if cell in tree.by_phandle)


def _is_read_for(provided: str, name: str) -> bool:
    """Whether a provider's property says how a property that refers to it is to be read."""
    cells = "#interrupt-cells" if name == "interrupts" else SPECIFIERS.get(name)
    return provided == cells if cells else provided.endswith("-cells")


def _located(observations: Iterable[Observation], locate: Locate) -> tuple[Diagnostic, ...]:
    observations = tuple(observations)
    follows = following(observations)
    located = (locate(observation, observation in follows) for observation in observations)
    return tuple(sorted(located, key=lambda diagnostic: diagnostic.sort_key))
