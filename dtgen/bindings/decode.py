"""Blobs as dtschema decodes them, and what its decoder trips over, so that it is named instead.

The decoder takes a tree to be sound: it loops without end over entries of no cells, and gives up with
Python's own errors on values that are missing, cut short, or refer to nothing. What it does decode is left
to it, however odd, so that the verdict is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dtgen.bindings import dtschema
from dtgen.devicetree import blob
from dtgen.devicetree.fixups import PLACEHOLDER
from dtgen.devicetree.tree import LOCAL_FIXUPS, Node, Property, Tree, child_path
from dtgen.diagnostics import Subject
from dtgen.errors import DtgenError
from dtgen.records import dataclass
from dtgen.words import counted

DecodedNode = dict[str, Any]
"""A node as dtschema decodes it: properties as JSON values, children as further dicts."""
_Types = Callable[[str], list[str]]
_NO_CELLS = "has entries of no cells"
_MAPS = ("ranges", "dma-ranges")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be decoded. `subject` is None where dtschema names no node."""

    subject: Subject | None
    message: str


class Undecodable(DtgenError):
    """The decoder would loop without end at properties, or end without a word of which ones they were."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def decode(validator: Any, types: _Types, data: bytes, tree: Tree) -> tuple[DecodedNode, tuple[Problem, ...]]:
    """The root node of a checked blob, in which `tree` is, and what could not be decoded.

    `types`: those that the schemas give to a property.
    """
    decoder = dtschema.decoder()

    def check_interrupts(root: DecodedNode, cells: int) -> None:
        _refuse(_check_interrupts(root, "/", cells, decoder.phandles))

    def check_addresses(root: DecodedNode, address: int, size: int) -> None:
        _refuse(_check_addresses(root, "/", address, size, types))

    problems = [*_valueless(tree), *cut_short(tree)]
    data = blob.without_properties(data, [problem.subject for problem in problems if problem.subject])
    while True:
        try:
            with dtschema.before_fixups(decoder, check_interrupts, check_addresses):
                root, said = dtschema.decode(validator, decoder, data)
            return root, (*problems, *(Problem(None, message) for message in said))
        except Undecodable as error:
            found = error.problems
        except Exception:
            blamed = dtschema.undecodable(validator, decoder, data)
            if not blamed:
                raise
            places = ((_miscounted(tree, place, types, problems) or place, error) for place, error in blamed)
            found = tuple(dict.fromkeys(_problem(at, _why(tree, at, error)) for at, error in places))
        problems += found
        data = blob.without_properties(data, [problem.subject for problem in found if problem.subject])


def _problem(subject: Subject, why: str) -> Problem:
    return Problem(subject, f"{subject.property} {why}")


def _refuse(problems: Iterator[Problem]) -> None:
    """Raises: Undecodable with all of them, so that the tree is decoded once more, and not for each."""
    if found := tuple(problems):
        raise Undecodable(found)


def _miscounted(tree: Tree, place: Subject, types: _Types, known: Sequence[Problem]) -> Subject | None:
    """The count of cells that is none, by which a property is split: what is wrong is the count."""
    name = place.property or ""
    is_map = name in _MAPS
    if not is_map and "address" not in types(name):
        return None
    own = tree.at(place.path)
    places = (*([own] if own and is_map else ()), *tree.parents(place.path))
    for count in ("#address-cells", "#size-cells"):
        node = next((node for node in places if count in node.properties), None)
        if node and len(node.properties[count].value) != 4:
            subject = Subject(node.path, count)
            if all(problem.subject != subject for problem in known):
                return subject
    return None


def _valueless(tree: Tree) -> Iterator[Problem]:
    """Where the validator itself, behind the decoder, gives up."""
    for node in tree.nodes.values():
        prop = node.properties.get("compatible")
        if prop and not prop.value:
            yield Problem(Subject(node.path, prop.name), "compatible has no value")


def cut_short(tree: Tree) -> Iterator[Problem]:
    """Where dtschema reads offsets that are not there. Source: process_local_fixups()."""
    table = tree.root.children.get(LOCAL_FIXUPS)
    for node in table.walk() if table else ():
        for prop in node.properties.values():
            if len(prop.value) % 4:
                message = f"{prop.name} has {len(prop.value)} bytes, which is not a whole number of offsets"
                yield Problem(Subject(node.path, prop.name), message)


def _check_interrupts(
    node: DecodedNode, path: str, cells: Any, phandles: Mapping[Any, DecodedNode]
) -> Iterator[Problem]:
    """`cells`: what the nodes above say of an entry's. Source: fixup_interrupts()."""
    parent = node.get("interrupt-parent")
    if isinstance(parent, list) and parent[0][0] != PLACEHOLDER:
        if parent[0][0] in phandles:
            cells = phandles[parent[0][0]].get("#interrupt-cells", 0)
        else:
            yield _problem(Subject(path, "interrupt-parent"), "is not the phandle of any node")
    if cells == 0 and _has_entries(node.get("interrupts")):
        yield _problem(Subject(path, "interrupts"), f"{_NO_CELLS} (#interrupt-cells)")
    for name, child in node.items():
        if isinstance(child, dict):
            below = node.get("#interrupt-cells", cells)
            yield from _check_interrupts(child, child_path(path, name), below, phandles)


def _check_addresses(
    node: DecodedNode, path: str, address: Any, size: Any, types: _Types
) -> Iterator[Problem]:
    """`address`, `size`: what the nodes above say of an entry's cells. Source: fixup_addresses()."""
    own = node.get("#address-cells", 0), node.get("#size-cells", 0)
    for name, value in node.items():
        if isinstance(value, dict):
            below = node.get("#address-cells", address), node.get("#size-cells", size)
            yield from _check_addresses(value, child_path(path, name), *below, types)
        elif _has_entries(value):
            if "address" in types(name):
                counts: tuple[Any, ...] = address, size
            elif name in _MAPS:
                counts = address, *own
            else:
                continue
            if not any(counts):
                why = f"{_NO_CELLS} (#address-cells and #size-cells are 0)"
                yield _problem(Subject(path, name), why)


def _has_entries(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list) and bool(value[0])


def _why(tree: Tree, subject: Subject, error: Exception) -> str:
    """Why the decoder ended at a property, in words where the tree shows it."""
    node = tree.nodes.get(subject.path)
    prop = node.properties.get(subject.property or "") if node else None
    shown = _reason(tree, node, prop) if node and prop else None
    return shown or f"cannot be decoded ({type(error).__name__}: {error})"


def _reason(tree: Tree, node: Node, prop: Property) -> str | None:
    if not prop.value:
        return "has no value"
    if prop.name == "phandle" or (prop.name.startswith("#") and prop.name.endswith("-cells")):
        return f"has {len(prop.value)} bytes, not one cell" if len(prop.value) != 4 else None
    if prop.value.endswith(b"\0") and not prop.value.isascii():
        return "is a text that is not ASCII"
    if prop.name == "iommu-map":
        # the decoder takes the first provider for that of all entries. Source: fixup_iommu_map()
        before = node.cell("#iommu-cells") or 1
        if len(prop.cells) <= before:
            return f"has {counted(len(prop.cells), 'cell')} and no phandle"
        if prop.cells[before] not in tree.by_phandle:
            return "has a phandle of no node"
    return None
