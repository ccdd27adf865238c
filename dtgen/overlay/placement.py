"""Where the fragments of an overlay go: in their order, each onto what the earlier ones made of the base."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field

from dtgen.devicetree.fragments import Fragment, Overlay
from dtgen.devicetree.tree import Node, Tree, child_path, first_match
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of the fragments that have a target and a body."""

    targets: Mapping[str, str]
    """Fragment path to the path of its target in the merged tree."""
    places: Mapping[str, str]
    """Path in the overlay to path in the merged tree, of every node that is merged; later fragments last."""
    early: tuple[Fragment, ...]
    """Whose target is a later fragment's node that the base has: libfdt before 1.7.1 does not find it."""
    lost: Mapping[str, str]
    """Path of a fragment whose target libfdt does not find by its phandle, when it merges the fragment or
    writes the paths of labels in it, to the path in the overlay of what has given the target another."""
    _grown: _Grown = field(repr=False)

    def maker(self, path: str) -> Fragment | None:
        """The fragment that makes a node which the base does not have; None where none does."""
        found = self._grown.find(path)
        return self._grown.made.get(found) if found else None

    def merged(self, path: str) -> str | None:
        """Where a node of the overlay is in the merged tree; None where it is not merged."""
        return self.places.get(path)


def placement(overlay: Overlay, base: Tree) -> Placement:
    """Source: overlay_merge() and overlay_get_target() in libfdt's fdt_overlay.c."""
    known = _known(overlay, base)
    grown = _Grown(base, known)
    targets: dict[str, str] = {}
    early: list[Fragment] = []
    lost: dict[str, str] = {}
    for fragment in overlay.fragments:
        target = _target(fragment, grown)
        if target and (taken := grown.taken(fragment, target)):
            lost[fragment.path] = taken
            continue
        if target and fragment.own and fragment.own.path not in grown.places:
            early.append(fragment)
        if target is not None and fragment.body is not None:
            targets[fragment.path] = target
            grown.add(fragment, fragment.body, target)
    for fragment in overlay.fragments:
        labelled = any(path.startswith(f"{fragment.path}/") for path in overlay.tree.labels)
        target = targets.get(fragment.path)
        if labelled and target and (taken := grown.taken(fragment, target)):
            lost[fragment.path] = taken
    return Placement(targets, grown.places, tuple(early), lost, grown)


def _known(overlay: Overlay, base: Tree) -> Mapping[str, str]:
    """Path in the overlay to path in the base, of nodes that both give a phandle.

    What of the overlay refers to these refers to the base's from the first, whatever the fragments' order.
    Source: overlay_prevent_phandle_overwrite() in libfdt's fdt_overlay.c, since dtc 1.7.1.
    """
    found: dict[str, str] = {}
    for fragment in overlay.fragments:
        target = _target(fragment, _Grown(base, found))
        node = base.at(target) if target else None
        if fragment.body and node:
            _match(fragment.body, node, found)
    return found


def _match(written: Node, node: Node, found: dict[str, str]) -> None:
    if written.cell("phandle") and node.cell("phandle"):
        found[written.path] = node.path
    for child in written.children.values():
        if below := node.child(child.name):
            _match(child, below, found)


def _target(fragment: Fragment, grown: _Grown) -> str | None:
    """As libfdt looks for it: a phandle first, which is a label's or the overlay's own, and else the path."""
    if fragment.label:  # which libfdt has made a phandle of before the first fragment is merged
        node = grown.base.find(grown.base.symbols.get(fragment.label, ""))
        return node.path if node else None
    if fragment.own:
        return grown.known.get(fragment.own.path) or grown.places.get(fragment.own.path)
    by_phandle = fragment.target and any(fragment.target.cells)
    return grown.find(fragment.target_path) if fragment.target_path and not by_phandle else None


@dataclass(slots=True)
class _Grown:
    """A base with fragments merged into it."""

    base: Tree
    known: Mapping[str, str]
    """See `_known()`."""
    places: dict[str, str] = field(default_factory=dict)
    """Path in the overlay to path in the merged tree."""
    made: dict[str, Fragment] = field(default_factory=dict)
    """Path of a node that the base does not have to what makes it."""
    _phandles: dict[str, str] = field(default_factory=dict)
    """Path of a node to the path in the overlay of what has given it another phandle than the base's."""
    _children: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Path of a node that has children beyond the base's to the names of all of them, in their order."""

    def add(self, fragment: Fragment, node: Node, path: str) -> None:
        self.places[node.path] = path
        if node.path in self.known:
            self._phandles.pop(path, None)
        elif node.cell("phandle"):
            self._phandles[path] = node.path
        for child in node.children.values():
            below = self._child(path, child.name)
            if below is None:
                below = child_path(path, child.name)
                self.made[below] = fragment
                # Source: fdt_add_subnode_namelen() in libfdt's fdt_rw.c, which puts it before the others
                self._children[path] = (child.name, *self._names(path))
            self.add(fragment, child, below)

    def taken(self, fragment: Fragment, target: str) -> str | None:
        """What has given the target of a fragment another phandle than it is asked for by; None: nothing."""
        if not fragment.label and not fragment.own:
            return None
        gives = self._phandles.get(target)
        own = fragment.own.path if fragment.own else None
        return gives if gives != (None if own in self.known else own) else None

    def find(self, path: str) -> str | None:
        """The whole path of a node as libfdt finds it."""
        first, _, rest = path.partition("/")
        start = self.base.find(first) if first else self.base.root
        here = start.path if start else None
        for name in filter(None, rest.split("/")):
            here = self._child(here, name) if here else None
        return here

    def _child(self, path: str, name: str) -> str | None:
        found = first_match(name, self._names(path))
        return child_path(path, found) if found else None

    def _names(self, path: str) -> Collection[str]:
        if path in self._children:
            return self._children[path]
        node = self.base.at(path)
        return node.children if node else ()
