"""Overlays: their fragments and fixups, and where each fragment lands in a base."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dtgen.devicetree.fixups import Fixup, fixups, is_stray, local_fixups
from dtgen.devicetree.tree import OVERLAY, Node, Tree
from dtgen.diagnostics import Finding, Subject

MAX_NEAR = 3
MIN_LIKENESS = 0.75


@dataclass(frozen=True, slots=True)
class Fragment:
    """One fragment; exactly one of `label`, `target_path` is set in a sound one.

    A target that is a phandle number (an overlay compiled without `-@`) gives neither.
    """

    path: str
    label: str | None
    target_path: str | None
    body: Node | None
    """Its `__overlay__`, None where it has none."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay's tree and what libfdt will read of it."""

    tree: Tree
    fragments: tuple[Fragment, ...]
    fixups: Mapping[str, tuple[Fixup, ...]]
    """By label of the base."""
    local_fixups: tuple[Fixup, ...]
    """References to the overlay's own nodes."""

    @classmethod
    def of(cls, tree: Tree) -> Overlay:
        by_label = fixups(tree)
        labels = {
            (place.path, place.property): label for label, places in by_label.items() for place in places
        }
        fragments = tuple(
            Fragment(
                child.path,
                labels.get((child.path, "target")),
                next(iter(child.strings("target-path")), None),
                child.children.get(OVERLAY),
            )
            for child in tree.root.children.values()
            if not child.name.startswith("__")
        )
        return cls(tree, fragments, by_label, tuple(local_fixups(tree)))

    def references(self) -> Iterator[Fixup]:
        """Every place that holds a phandle once the overlay is applied."""
        for places in self.fixups.values():
            yield from places
        yield from self.local_fixups


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an overlay cannot be applied. The finding's subject is a place in the overlay."""

    rule: str
    finding: Finding


def resolve(overlay: Overlay, base: Tree) -> tuple[dict[str, str], list[Obstacle]]:
    """Fragment path to the path of its target in `base`, and all that keeps it from being applied.

    Without obstacles, every fragment has a target.
    """
    targets: dict[str, str] = {}
    obstacles = [Obstacle("unknown-label", finding) for finding in _unknown_labels(overlay, base)]
    obstacles += [
        Obstacle("malformed-overlay", _stray_fixup(place))
        for place in overlay.references()
        if is_stray(overlay.tree, place)
    ]
    if not overlay.fragments:
        finding = Finding(Subject("/"), "the overlay has no fragment: there is nothing to apply")
        obstacles.append(Obstacle("empty-overlay", finding))
    for fragment in overlay.fragments:
        target = base.symbols.get(fragment.label) if fragment.label else fragment.target_path
        if fragment.body is not None and target is not None and target in base.nodes:
            targets[fragment.path] = target
            continue
        lost = _lost(fragment, base)
        if lost:
            obstacles.append(Obstacle("fragment-target", lost))
    return targets, obstacles


def _stray_fixup(place: Fixup) -> Finding:
    where = f"byte 0x{place.offset:x}" if place.offset >= 0 else "no byte"
    message = f"a fixup is for {where} of {place.property} of {place.path}, and there is no such cell"
    return Finding(Subject(place.path, place.property), message, "compile the overlay again with dtc")


def _lost(fragment: Fragment, base: Tree) -> Finding | None:
    """What is wrong with a fragment that lands nowhere; None where its label has been named already."""
    if fragment.body is None:
        return Finding(
            Subject(fragment.path), "the fragment has no __overlay__: libfdt would skip it silently"
        )
    if fragment.label is not None:
        return None
    if fragment.target_path is None:
        return Finding(Subject(fragment.path), "the fragment has no target that can be resolved")
    return _no_path(fragment, fragment.target_path, base)


def _unknown_labels(overlay: Overlay, base: Tree) -> Iterator[Finding]:
    unknown = [label for label in overlay.fixups if label not in base.symbols]
    if unknown and not base.symbols:
        yield Finding(
            _first_use(overlay, unknown[0]),
            f"base {base.file} has no labels at all (no __symbols__), and the overlay needs {len(unknown)}",
            "compile the base with `dtc -@`, in a kernel tree with `make DTC_FLAGS=-@`",
        )
        return
    for label in overlay.fixups:
        path = base.symbols.get(label)
        if path is not None and path not in base.nodes:
            yield Finding(
                _first_use(overlay, label),
                f"the label {label} of base {base.file} is of {path}, and there is no such node",
                "the base is damaged: compile it again",
            )
    for label in unknown:
        near = difflib.get_close_matches(label, base.symbols, MAX_NEAR, MIN_LIKENESS)
        if near:
            help = f"did you mean {_one_of(near)}?"
        elif len(unknown) == len(overlay.fixups):
            help = "the base has no label of the overlay: is it for another SoC?"
        else:
            help = "look for the node's label in the base's sources; a board may have deleted the node"
        yield Finding(_first_use(overlay, label), f"base {base.file} has no label {label}", help)


def _first_use(overlay: Overlay, label: str) -> Subject:
    places = overlay.fixups[label]
    return Subject(places[0].path, places[0].property) if places else Subject("/")


def _one_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _no_path(fragment: Fragment, path: str, base: Tree) -> Finding:
    deepest = path
    while deepest not in base.nodes:
        deepest = deepest.rpartition("/")[0] or "/"
    missing = path.removeprefix(deepest).strip("/").partition("/")[0]
    near = difflib.get_close_matches(missing, base.nodes[deepest].children, MAX_NEAR, MIN_LIKENESS)
    help = f"{deepest} exists; did you mean its child {_one_of(near)}?" if near else f"{deepest} exists"
    return Finding(Subject(fragment.path, "target-path"), f"base {base.file} has no node {path}", help)
