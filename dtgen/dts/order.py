"""The order of the blocks that overlays are made of: `&{/path}` first, then `&label` by its name.

As the kernel's overlays have them, and its boards where labels have numbers: `uart6` before `uart12`.

Blocks are not moved where that could change what the overlay does:
- across anything that is no such block: preprocessor lines, statements, comments with blank lines around;
- past a block of the same reference: the later one wins;
- past the block that defines the label: dtc has to have seen it, or makes a reference to the base of it;
- past a block that has a node of the path, or of what it ends in: libfdt has to have added that node;
- past a block that gives a property of the same name another value in what could be the same node: a label
  may be that of a node that the other block writes below its target. Two labels are taken for two nodes,
  and a node that is given a `compatible` or a `reg` for one that the overlay adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations, groupby

from dtgen.dts.lexer import Kind, lower_hex
from dtgen.dts.syntax import Block, Comment, Directive, Item, Statement
from dtgen.records import dataclass

_NUMBERS = re.compile(r"(\d+)")


def reference_key(reference: str) -> tuple[bool, tuple[tuple[int, int, str], ...], str]:
    """What `label` and `/path` are sorted by: paths first, numbers by their value."""
    parts = _NUMBERS.split(reference)
    by_value = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)
    return not reference.startswith("/"), by_value, reference


@dataclass(frozen=True, slots=True)
class Unit:
    """A block and the comments that stand right above it."""

    comments: tuple[Comment, ...]
    block: Block

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.comments, self.block)


def units(items: Sequence[Item]) -> Iterator[Unit | Item]:
    """Blocks together with the comments above them, and what else there is."""
    comments: list[Comment] = []
    for item in items:
        if comments and item.blank:
            yield from comments
            comments = []
        if isinstance(item, Comment):
            comments.append(item)
        elif isinstance(item, Block):
            yield Unit(tuple(comments), item)
            comments = []
        else:
            yield from comments
            comments = []
            yield item
    yield from comments


def runs(items: Sequence[Item]) -> Iterator[tuple[Unit, ...] | Item]:
    """At the top level: the blocks that may change places with each other, and what stands between."""
    for movable, group in groupby(units(items), lambda unit: isinstance(unit, Unit) and _is_movable(unit)):
        if movable:
            yield tuple(unit for unit in group if isinstance(unit, Unit))
            continue
        for unit in group:
            if isinstance(unit, Unit):
                yield from unit.items
            else:
                yield unit


def in_order(run: Sequence[Unit]) -> tuple[Unit, ...]:
    """Sorted as far as that is safe. Sorting twice gives the same as sorting once."""
    writes = [_Writes.of(unit.block) for unit in run]
    keys = [reference_key(unit.block.reference or "") for unit in run]
    behind: list[list[int]] = [[] for _ in run]
    waits_for = [0] * len(run)
    for first, second in combinations(range(len(run)), 2):
        if writes[first].bind(writes[second]):
            behind[first].append(second)
            waits_for[second] += 1
    free = [(keys[place], place) for place, count in enumerate(waits_for) if not count]
    heapify(free)
    found: list[Unit] = []
    while free:
        _, place = heappop(free)
        found.append(run[place])
        for follower in behind[place]:
            waits_for[follower] -= 1
            if not waits_for[follower]:
                heappush(free, (keys[follower], follower))
    return tuple(found)


def bound(first: Block, second: Block) -> bool:
    """Whether the second has to stay behind the first."""
    return _Writes.of(first).bind(_Writes.of(second))


def _is_movable(unit: Unit) -> bool:
    """A macro that a block defines is for those behind it."""
    return unit.block.reference is not None and not _defines(unit.block)


def _defines(block: Block) -> bool:
    return any(
        (isinstance(item, Directive) and not item.is_conditional)
        or (isinstance(item, Block) and _defines(item))
        for item in block.items
    )


@dataclass(frozen=True, slots=True)
class _Write:
    """A property that a block gives to a node."""

    nodes: tuple[str, ...]
    """The node's path, or its path below the label."""
    added: bool
    """Whether the node is the overlay's own: it, or one above it below the target, says what it is."""
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _Writes:
    """What a block writes, and where."""

    reference: str
    labels: frozenset[str]
    """That it defines."""
    path: tuple[str, ...]
    """The names of the reference, where it is a path."""
    nodes: tuple[tuple[str, ...], ...]
    """The nodes that it writes, by their path, or by their path below the label."""
    properties: tuple[_Write, ...]

    @classmethod
    def of(cls, block: Block) -> _Writes:
        reference = block.reference or ""
        path = tuple(filter(None, reference.split("/"))) if reference.startswith("/") else ()
        nodes = tuple(_nodes(block, path))
        return cls(reference, frozenset(_labels(block)), path, nodes, tuple(_properties(block, path, False)))

    def bind(self, later: _Writes) -> bool:
        """Whether what stands behind this has to stay there."""
        return (
            self.reference == later.reference
            or self.reference in later.labels
            or later.reference in self.labels
            or self._may_add(later)
            or later._may_add(self)
            or any(
                one.name == other.name and one.value != other.value and self._meets(one, later, other)
                for one in self.properties
                for other in later.properties
            )
        )

    def _may_add(self, other: _Writes) -> bool:
        """Whether the other's target could be a node that this one adds."""
        if not other.path:
            return False
        whole = self.reference.startswith("/")
        return any(
            (len(node) == len(other.path) or (not whole and len(node) < len(other.path)))
            and _ends(node, other.path)
            for node in self.nodes
        )

    def _meets(self, one: _Write, later: _Writes, other: _Write) -> bool:
        """Whether two nodes could be one: what is known of the path of one ends that of the other.

        A node of the overlay's own has no label of the base's.
        """
        if self.reference.startswith("/") and later.reference.startswith("/"):
            return len(one.nodes) == len(other.nodes) and _ends(one.nodes, other.nodes)
        known, below = sorted((one, other), key=lambda write: -len(write.nodes))
        if later.reference.startswith("/") or self.reference.startswith("/"):
            known, below = (one, other) if self.reference.startswith("/") else (other, one)
        return len(below.nodes) < len(known.nodes) and not known.added and _ends(known.nodes, below.nodes)


def _ends(nodes: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """libfdt finds a node by its name without the unit address, too."""
    return all(
        one == two or (("@" in one) != ("@" in two) and one.partition("@")[0] == two.partition("@")[0])
        for one, two in zip(reversed(nodes), reversed(other), strict=False)
    )


def _labels(block: Block) -> Iterator[str]:
    yield from block.labels
    for item in block.items:
        if isinstance(item, Block):
            yield from _labels(item)


def _nodes(block: Block, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for item in block.items:
        if isinstance(item, Block):
            path = (*above, item.head[-1].text)
            yield path
            yield from _nodes(item, path)


def _properties(block: Block, nodes: tuple[str, ...], added: bool) -> Iterator[_Write]:
    for item in block.items:
        if isinstance(item, Statement):
            code = [token for token in item.tokens if not token.is_gap and token.kind is not Kind.COMMENT]
            value = " ".join(lower_hex(token, in_bytes=True) for token in code)
            yield _Write(nodes, added, _name(item), value)
        elif isinstance(item, Block):
            names = {_name(inner) for inner in item.items if isinstance(inner, Statement)}
            own = added or not names.isdisjoint(("compatible", "reg"))
            yield from _properties(item, (*nodes, item.head[-1].text), own)


def _name(statement: Statement) -> str:
    """Of the property, which labels may precede."""
    names = [token.text for token in statement.tokens if token.kind is Kind.WORD and not token.value]
    return names[-1] if names else ""
