"""What of an overlay no description can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from dtgen.description.importing.source import WrittenSource
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import OVERLAY, PHANDLES
from dtgen.diagnostics import Finding, Subject
from dtgen.records import dataclass

RULE = "cannot-import"
_TARGETS = {"target", "target-path"}


@dataclass(frozen=True, slots=True)
class Imported:
    """An overlay, and what its source says beyond its blob."""

    overlay: Overlay
    source: WrittenSource = field(default_factory=WrittenSource)


def obstacles(imported: Imported) -> Iterator[Finding]:
    """About places of the overlay's blob."""
    overlay, tree = imported.overlay, imported.overlay.tree
    fragments = {fragment.path for fragment in overlay.fragments}
    for child in tree.root.children.values():
        if child.path not in fragments and not child.name.startswith("__"):
            message = f"{child.name} stands outside of all fragments, and nothing applies it"
            yield Finding(Subject(child.path), message, "move it into &{/} { … };, or remove it")
    for fragment in overlay.fragments:
        node = tree.nodes[fragment.path]
        if not (fragment.label or fragment.target_path):
            message = f"the target of {node.name} is the number of a phandle, and no label says of which node"
            yield Finding(Subject(node.path), message, "import the source, or compile it with dtc -@")
        more = [
            *(name for name in node.properties if name not in _TARGETS),
            *node.children.keys() - {OVERLAY},
        ]
        if more:
            message = f"{node.name} has {', '.join(more)} beside its {OVERLAY}, which nothing applies"
            yield Finding(Subject(node.path), message, "take it away")
    for path, labels in _labels(overlay).items():
        if len(labels) > 1:
            message = f"the node has the labels {', '.join(labels)}; a description gives it one"
            yield Finding(Subject(path), message, "keep the one that is referred to")
        if path.endswith(f"/{OVERLAY}"):
            message = f"{labels[0]} is a label for a node of the base, which a description cannot give"
            yield Finding(Subject(path), message, "use the base's own label")
    for path, name in sorted(_phandles(imported)):
        message = f"{name} of {tree.nodes[path].name} was written by hand, and a description leaves it to dtc"
        yield Finding(Subject(path, name), message, "give the node a label, and refer to it by that")
    for label, places in overlay.fixups.items():
        if label.startswith("/"):
            message = f"libfdt cannot resolve the path reference &{{{label}}} in cells"
            yield Finding(Subject(places[0].path, places[0].property), message, "write the label of a node")
    if tree.reservations:
        message = "/memreserve/ in an overlay reserves nothing: libfdt does not apply it"
        yield Finding(Subject("/"), message, "remove it, or add a node below /reserved-memory")


def _phandles(imported: Imported) -> set[tuple[str, str]]:
    """Those that dtc has not made: it makes them for labels and for what is referred to."""
    overlay, tree = imported.overlay, imported.overlay.tree
    found = {(path, name) for path, name in imported.source.values if name in PHANDLES}
    referred = {*tree.symbols.values(), *(node.path for _, node in overlay.own_references())}
    for node in tree.nodes.values():
        if node.path not in referred:
            found |= {(node.path, name) for name in PHANDLES if name in node.properties}
    return found


def _labels(overlay: Overlay) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, path in overlay.tree.symbols.items():
        found.setdefault(path, []).append(label)
    return found
