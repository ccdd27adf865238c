"""An overlay as the data of a description; what is lost on the way, and what is still open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dtgen.description.importing.document import Open
from dtgen.description.importing.fragments import WrittenNode, written
from dtgen.description.importing.header import Header
from dtgen.description.importing.literals import Names
from dtgen.description.importing.sections import Sections
from dtgen.description.importing.source import Place, WrittenSource
from dtgen.description.open_places import MARK
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.records import dataclass

_ORDER = ("streams", "disable", "enable", "pcie", "firmware_children", "legacy", "nodes")
_EL2_SECTIONS = ("streams", "pcie", "firmware_children", "legacy")
_NO_LABEL = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class About:
    """What is to be said of a description besides what its overlay writes."""

    name: str
    """Of the description."""
    overlay: str
    """The overlay's name."""
    header: Header
    origin: str
    """Where the overlay is from."""
    pas_at_el2: bool | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A description that is not written yet."""

    data: Mapping[str, Any]
    orders: tuple[tuple[str, ...], tuple[str, ...]]
    """The targets in the order of the first fragment of each, and of the last."""
    notes: tuple[str, ...]


def draft(overlay: Overlay, source: WrittenSource, about: About, base: Tree | None) -> Draft:
    """Of an overlay without obstacles. `base`: whose labels take the place of paths."""
    labels = _labels(overlay)
    targets = _by_label(written(overlay, labels, base.symbols if base else {}), base)
    references = _references(overlay, labels)
    sections = Sections(source, references, {}, about.origin)
    constants, computed = _constants(targets, sections, {*labels.values(), *overlay.fixups})
    sections.constants = constants
    sections.add(targets)
    root = {
        name: ((overlay.tree.root.path, name), prop) for name, prop in overlay.tree.root.properties.items()
    }
    header: dict[str, Any] = {
        "name": about.overlay,
        "suffix": _suffix(about.overlay),
        "license": about.header.license or Open("SPDX expression of the overlay's licence"),
        "copyright": list(about.header.copyright),
        "summary": about.header.summary or Open("the header's one sentence: what the overlay is for"),
        "root": sections.properties(root),
    }
    data: dict[str, Any] = {
        "name": about.name,
        "title": about.header.summary or Open("one line for people: the SoC or the board"),
        "compatible": [base.root.compatible[0]]
        if base and base.root.compatible
        else Open("what the root node of the bases has as compatible: one in common is enough"),
        "firmware": _firmware(about, sections.data),
        "overlay": {key: value for key, value in header.items() if value},
        **({"constants": dict(constants)} if constants else {}),
        **{name: sections.data[name] for name in _ORDER if name in sections.data},
    }
    notes = [f"{remark.location}: the comment is not kept: {remark.text}" for remark in sections.lost()]
    notes += [f"this line of the header is not kept: {line}" for line in about.header.lost]
    if computed:
        notes.append(f"expressions and macros with arguments that became numbers: {computed}")
    if constants:
        notes.append(
            f"macros that became `constants`, of which the overlay has the numbers: {len(constants)}"
        )
    last = sorted(targets, key=lambda target: _number(targets[target], overlay))
    return Draft(data, (tuple(targets), tuple(last)), tuple(notes))


def _number(node: WrittenNode, overlay: Overlay) -> int:
    """Of the last fragment that writes into the node."""
    bodies = [fragment.body.path if fragment.body else "" for fragment in overlay.fragments]
    return bodies.index(node.place[0])


def _labels(overlay: Overlay) -> dict[str, str]:
    """Path to label of the overlay's own nodes; one that is referred to and has none is given one."""
    found = {path: label for label, path in overlay.tree.symbols.items()}
    taken = {*overlay.tree.symbols, *overlay.fixups}
    for _, referred in overlay.own_references():
        if referred.path not in found:
            label = stem = "node_" + _NO_LABEL.sub("_", referred.name)
            number = 1
            while label in taken:
                number += 1
                label = f"{stem}_{number}"
            taken.add(label)
            found[referred.path] = label
    return found


def _by_label(targets: Mapping[str, WrittenNode], base: Tree | None) -> dict[str, WrittenNode]:
    """With the base's labels in the place of paths, where no fragment uses the label itself."""
    if base is None:
        return dict(targets)
    found: dict[str, WrittenNode] = {}
    for target, node in targets.items():
        at = base.find(target) if target.startswith("/") else None
        label = base.labels.get(at.path) if at else None
        found[label if label and label not in targets and label not in found else target] = node
    return found


def _references(overlay: Overlay, labels: Mapping[str, str]) -> dict[Place, dict[int, str]]:
    found: dict[Place, dict[int, str]] = {}
    for label, places in overlay.fixups.items():
        for place in places:
            found.setdefault((place.path, place.property), {})[place.offset] = label
    for place, referred in overlay.own_references():
        found.setdefault((place.path, place.property), {})[place.offset] = labels[referred.path]
    return found


def _constants(
    targets: Mapping[str, WrittenNode], sections: Sections, labels: Iterable[str]
) -> tuple[dict[str, int], int]:
    """The macros that stand for numbers; and how many values have something that becomes a mere number."""
    names, computed = Names(), 0
    for node in targets.values():
        for _, inner in node.walk(""):
            for place, prop in inner.properties.values():
                value = sections.value(place, prop)
                found = list(value.names())
                for name, number in found:
                    names.note(name, number)
                computed += value.is_computed and not found
    unsuitable = names.ambiguous.union(labels, (MARK,))
    return {name: number for name, number in names.numbers.items() if name not in unsuitable}, computed


def _firmware(about: About, sections: Mapping[str, Any]) -> dict[str, Any]:
    if about.pas_at_el2 is not None:
        return {"pas_at_el2": about.pas_at_el2}
    if "el2" in about.overlay or any(name in sections for name in _EL2_SECTIONS):
        asked = "true where TrustZone serves PAS to Linux at EL2, false where it does not"
        return {"pas_at_el2": Open(asked)}
    return {"el2": False}


def _suffix(overlay: str) -> str:
    return "el2" if overlay.endswith("-el2") else overlay
