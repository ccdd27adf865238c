"""A base with an overlay applied, and where every node and property of the overlay ended up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Subject
from dtgen.overlay.placement import Placement, placement
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Merged:
    """What the bootloader would hand to the kernel."""

    base: Tree
    tree: Tree
    blob: bytes
    origins: Mapping[Subject, Subject] = field(default_factory=dict)
    """What the overlay wrote: place in the merged tree to place in the overlay."""
    references: Mapping[Subject, tuple[int, ...]] = field(default_factory=dict)
    """Of what the overlay wrote: the byte offsets that hold a phandle."""

    @classmethod
    def unchanged(cls, base: Tree, data: bytes) -> Merged:
        """A base that nothing was applied to."""
        return cls(base, base, data)


def merge(base: Tree, base_blob: bytes, overlay: Overlay, overlay_blob: bytes) -> Merged:
    """Apply an overlay to a base that it fits. Raises: ApplyError where libfdt refuses all the same.

    Whether it fits, and why not, is asked in checks/application.py, which all commands go through.
    """
    data = blob.apply(base_blob, overlay_blob)
    tree = blob.read(data, f"{base.file} with the overlay")
    origins = _origins(overlay, placement(overlay, base), tree)
    back = {place: subject for subject, place in origins.items()}
    references: dict[Subject, list[int]] = {}
    for fixup in overlay.references():
        subject = back.get(Subject(fixup.path, fixup.property))
        if subject:
            references.setdefault(subject, []).append(fixup.offset)
    return Merged(
        base,
        tree,
        data,
        origins,
        {subject: tuple(sorted(offsets)) for subject, offsets in references.items()},
    )


def _origins(overlay: Overlay, placed: Placement, tree: Tree) -> dict[Subject, Subject]:
    """Later fragments win, as they do in libfdt."""
    origins: dict[Subject, Subject] = {}
    for fragment in overlay.fragments:
        for node in fragment.body.walk() if fragment.body else ():
            path = placed.merged(node.path)
            if path and path in tree.nodes:  # and not in __symbols__, which may be written by hand
                origins[Subject(path)] = Subject(node.path)
                origins |= {Subject(path, name): Subject(node.path, name) for name in node.properties}
    return origins
