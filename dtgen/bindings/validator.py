"""Nodes of a tree against a set of bindings. Knows neither overlays nor output."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dtgen.bindings.decode import DecodedNode, Problem
from dtgen.bindings.plain import Engine
from dtgen.bindings.violation import Violation
from dtgen.devicetree.tree import Tree, child_path
from dtgen.records import dataclass

if TYPE_CHECKING:
    from dtgen.bindings.messages.sentences import NameOf


@dataclass(frozen=True, slots=True)
class Decoded:
    """A tree as the bindings see it."""

    root: DecodedNode
    problems: tuple[Problem, ...]
    """What could not be decoded; it is left out of `root`, or is there as bytes."""


def decode(engine: Engine, data: bytes, tree: Tree | None = None) -> Decoded:
    """Decode a checked blob; `tree`: what is in it, where it was read already."""
    root, problems = engine.decode(data, tree)
    return Decoded(root, problems)


def changed(before: Decoded, after: Decoded) -> set[str]:
    """Paths of the nodes that may validate differently in `after`.

    What a node's validation says depends on its decoded subtree, its name and whether an ancestor is
    disabled, and on nothing else: decoding has already followed the phandles. So a node whose subtree
    and inherited state are equal needs no look, nor does anything below it.
    """
    return set(_changed(before.root, after.root, "/", False, False))


def _changed(
    before: DecodedNode | None, after: DecodedNode, path: str, was_disabled: bool, is_disabled: bool
) -> Iterator[str]:
    if was_disabled == is_disabled and _same(before, after):
        return
    yield path
    was_disabled = before is not None and _disabled(before, was_disabled)
    is_disabled = _disabled(after, is_disabled)
    for name, child in after.items():
        if isinstance(child, dict) and not name.startswith("__"):
            old = before.get(name) if before else None
            old = old if isinstance(old, dict) else None
            yield from _changed(old, child, child_path(path, name), was_disabled, is_disabled)


def validate(
    engine: Engine,
    tree: Decoded,
    paths: Collection[str] | None = None,
    name_of: NameOf | None = None,
) -> Iterator[Violation]:
    """What the bindings say of the nodes at `paths` (of all, where it is None), parents first.

    `name_of`: what messages call the node of a phandle, where somebody knows.
    """
    for path, name, node, disabled in _nodes(tree.root, "/", "/", False):
        if paths is not None and path not in paths:
            continue
        errors = engine.errors(node, name, disabled)
        if errors:
            from dtgen.bindings.messages.violations import violations

            yield from violations(engine, errors, path, node, name_of)


def _nodes(
    node: DecodedNode, path: str, name: str, disabled: bool
) -> Iterator[tuple[str, str, DecodedNode, bool]]:
    disabled = _disabled(node, disabled)
    yield path, name, node, disabled
    for child_name, child in list(node.items()):
        if isinstance(child, dict) and not child_name.startswith("__"):
            yield from _nodes(child, child_path(path, child_name), child_name, disabled)


def _same(before: object, after: object) -> bool:
    """Equal in type and size, too: `True == 1`; an integer without a size has 32 bits."""
    if before != after or isinstance(before, bool) != isinstance(after, bool):
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        return all(_same(value, after[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(after, list):
        return all(map(_same, before, after))
    return getattr(before, "size", 32) == getattr(after, "size", 32)


def _disabled(node: DecodedNode, inherited: bool) -> bool:
    """As dt-validate has it: a status of the node's own, whatever it is, hides the inherited one."""
    status = node.get("status")
    return "disabled" in status if isinstance(status, list) else inherited


def undocumented(engine: Engine, tree: Decoded) -> tuple[str, ...]:
    """The first compatible of each node that no schema knows by any of its compatibles; sorted."""
    nodes = {
        tuple(compatibles)
        for _, _, node, _ in _nodes(tree.root, "/", "/", False)
        if isinstance(compatibles := node.get("compatible"), list)
    }
    unknown = set(engine.undocumented(sorted({name for names in nodes for name in names})))
    return tuple(sorted({names[0] for names in nodes if names and unknown.issuperset(names)}))
