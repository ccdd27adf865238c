"""What of an overlay no description can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import OVERLAY
from dtgen.diagnostics import Finding, Subject

RULE = "cannot-import"
_TARGETS = {"target", "target-path"}


def obstacles(overlay: Overlay) -> Iterator[Finding]:
    """About places of the overlay's blob."""
    tree = overlay.tree
    fragments = {fragment.path for fragment in overlay.fragments}
    for child in tree.root.children.values():
        if child.path not in fragments and not child.name.startswith("__"):
            message = f"{child.name} stands outside of all fragments, and nothing applies it"
            yield Finding(Subject(child.path), message, "move it into &{/} { … };, or take it away")
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
    if tree.reservations:
        message = "/memreserve/ in an overlay reserves nothing: libfdt does not apply it"
        yield Finding(Subject("/"), message, "take it away, or add a node below /reserved-memory")


def _labels(overlay: Overlay) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, path in overlay.tree.symbols.items():
        found.setdefault(path, []).append(label)
    return found
