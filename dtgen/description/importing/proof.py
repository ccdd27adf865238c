"""Whether two overlays do the same, however their fragments are cut, ordered and numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import OVERLAY, SYMBOLS, Tree
from dtgen.dts.meaning import Meaning
from dtgen.records import dataclass

_FRAGMENT = re.compile(r"&\{(?P<target>.*)\}#\d+")
_TARGETS = ("target", "target-path")


@dataclass(frozen=True, slots=True)
class Content:
    """What an overlay writes.

    Nodes are named by their target and the path below it; two fragments of one target are one.
    """

    nodes: frozenset[str]
    values: Mapping[tuple[str, str], bytes]
    """Node and property to value, with 0 in the place of each reference."""
    references: Mapping[tuple[str, str], tuple[tuple[int, str], ...]]
    """Node and property to byte offsets and what is referred to."""
    labels: Mapping[str, str] | None
    """None where it was compiled without them."""
    reservations: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, tree: Tree, paths: Mapping[str, str] | None = None) -> Content:
        """`paths`: label to path in the base, so that a target by either is the same."""
        meaning = Meaning.of(tree)
        overlay = Overlay.of(tree)
        names = _names(overlay, paths or {})
        values: dict[tuple[str, str], bytes] = {}
        last: dict[tuple[str, str], str] = {}
        for path, properties in meaning.nodes.items():
            for name, value in properties:
                if not (name in _TARGETS and _FRAGMENT.fullmatch(path)):
                    key = (_named(path, names), name)
                    values[key], last[key] = _path_text(value, overlay, names), path
        references: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for path, name, offset, target in meaning.references:
            key = (_named(path, names), name)
            if last.get(key) == path:
                references.setdefault(key, []).append((offset, _named(target, names)))
        return cls(
            frozenset(_named(path, names) for path in meaning.nodes),
            values,
            {key: tuple(sorted(places)) for key, places in references.items()},
            {label: _named(path, names) for label, path in meaning.symbols.items()}
            if SYMBOLS in tree.root.children
            else None,
            meaning.reservations,
        )


def differences(one: Content, other: Content) -> Iterator[str]:
    """What the first has that the second has not, or otherwise, and the other way round; in order."""
    for node in sorted(one.nodes ^ other.nodes):
        yield f"{node}: the node is in {'the input' if node in one.nodes else 'the description'} alone"
    for key in sorted(one.values.keys() | other.values.keys()):
        then = (one.values.get(key), one.references.get(key))
        now = (other.values.get(key), other.references.get(key))
        if then != now:
            yield f"{key[0]}: {key[1]} is {_shown(*then)}, and {_shown(*now)} in the description"
    if one.labels is not None and other.labels is not None:
        for label in sorted(one.labels.keys() | other.labels.keys()):
            was, is_ = one.labels.get(label, "nothing"), other.labels.get(label, "nothing")
            if was != is_:
                yield f"the label {label} is of {was}, and of {is_} in the description"
    if one.reservations != other.reservations:
        yield "/memreserve/ differs"


def _shown(value: bytes | None, references: tuple[tuple[int, str], ...] | None) -> str:
    if value is None:
        return "absent"
    text = f"[{value.hex(' ')}]" if value else "empty"
    names = ", ".join(f"{name} at byte {offset:#x}" for offset, name in references or ())
    return f"{text} ({names})" if names else text


def _names(overlay: Overlay, paths: Mapping[str, str]) -> dict[str, str]:
    """Of each target its path where it is known, so that a node has one name, whichever block it is in."""
    targets = (fragment.label or fragment.target_path or "" for fragment in overlay.fragments)
    return {target: paths.get(target, target).rstrip("/") for target in targets}


def _named(path: str, names: Mapping[str, str]) -> str:
    """A path of `Meaning`, or a label, by the name of its target."""
    match = _FRAGMENT.match(path)
    if not match:
        return path
    target = match["target"]
    return names.get(target, target) + path[match.end() :].removeprefix(f"/{OVERLAY}")


def _path_text(value: bytes, overlay: Overlay, names: Mapping[str, str]) -> bytes:
    """Paths of the overlay's own nodes in a text, by their targets: dtc numbers the fragments."""
    if f"/{OVERLAY}".encode() not in value:
        return value
    for fragment in overlay.fragments:
        named = names[fragment.label or fragment.target_path or ""]
        value = value.replace(f"{fragment.path}/{OVERLAY}".encode(), named.encode())
    return value
