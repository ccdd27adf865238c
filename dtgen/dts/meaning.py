"""What an overlay's blob means, however dtc has numbered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from dtgen.devicetree.fixups import Fixup
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import FIXUPS, LOCAL_FIXUPS, PHANDLES, SYMBOLS, Node, Tree
from dtgen.records import dataclass

_OF_DTC = (FIXUPS, LOCAL_FIXUPS, SYMBOLS)


@dataclass(frozen=True)
class Meaning:
    """What libfdt makes of a blob, as far as that does not hang on the order of its fragments.

    dtc numbers the fragments, and the phandles of the overlay's own nodes, as they come in the source: when
    blocks change places, the blobs differ and the overlays need not. libfdt goes by none of these numbers.
    It applies what is below each `__overlay__` to the node that the target names, writes the phandle of the
    base's label, or the new one of the overlay's own node, into each cell that a fixup names, and adds the
    symbols. So these are what is compared: with a path that begins with the target in the place of
    `/fragment@3/__overlay__`, the reference in the place of the phandle's number.

    The order of two fragments matters where they write one property. For one target it is part of what is
    compared (the fragments of each are counted); for what could be one node under two names, see order.py.
    """

    nodes: Mapping[str, tuple[tuple[str, bytes], ...]]
    """Path to names and values of properties; the cells of references hold 0."""
    references: Counter[tuple[str, str, int, str]]
    """Node, property, byte offset; the label of the base, or the path of the overlay's own node."""
    symbols: Mapping[str, str]
    reservations: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, tree: Tree) -> Meaning:
        """Of an overlay that was compiled with `-@`."""
        overlay = Overlay.of(tree)
        renamed = dict(_renamed(overlay))
        references = dict(_references(overlay))
        offsets: dict[tuple[str, str], list[int]] = {}
        for fixup in references:
            offsets.setdefault((fixup.path, fixup.property), []).append(fixup.offset)
        own = [
            tree.root,
            *(node for name, top in tree.root.children.items() if name not in _OF_DTC for node in top.walk()),
        ]
        return cls(
            {_path(node.path, renamed): tuple(_written(node, offsets)) for node in own},
            Counter(
                (_path(fixup.path, renamed), fixup.property, fixup.offset, _path(target, renamed))
                for fixup, target in references.items()
            ),
            {label: _path(path, renamed) for label, path in tree.symbols.items()},
            tree.reservations,
        )


def _renamed(overlay: Overlay) -> Iterator[tuple[str, str]]:
    """The path of each fragment to its target's name and its number among those of the target."""
    seen: Counter[str] = Counter()
    for fragment in overlay.fragments:
        number = fragment.target.value.hex() if fragment.target else ""
        target = fragment.label or fragment.target_path or number
        yield fragment.path, f"&{{{target}}}#{seen[target]}"
        seen[target] += 1


def _path(path: str, renamed: Mapping[str, str]) -> str:
    """A node's path, or a label, which stays as it is."""
    if not path.startswith("/"):
        return path
    _, fragment, *below = path.split("/")
    return "/".join((renamed.get(f"/{fragment}", f"/{fragment}"), *below))


def _references(overlay: Overlay) -> Iterator[tuple[Fixup, str]]:
    for label, places in overlay.fixups.items():
        yield from ((place, label) for place in places)
    for place in overlay.local_fixups:
        node = overlay.tree.nodes.get(place.path)
        prop = node.properties.get(place.property) if node else None
        cell = prop.value[place.offset : place.offset + 4] if prop else b""
        target = overlay.tree.by_phandle.get(int.from_bytes(cell, "big"))
        yield place, target.path if target else cell.hex()


def _written(node: Node, references: Mapping[tuple[str, str], list[int]]) -> Iterator[tuple[str, bytes]]:
    for prop in node.properties.values():
        if prop.name not in PHANDLES:
            value = bytearray(prop.value)
            for offset in references.get((node.path, prop.name), ()):
                value[offset : offset + 4] = bytes(4)
            yield prop.name, bytes(value)
