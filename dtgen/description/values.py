"""What a description can write into a devicetree: typed values, nodes, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from dtgen.diagnostics import Location
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean: present, without a value."""


@dataclass(frozen=True, slots=True)
class Strings:
    strings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A label where a cell is due: it becomes the node's phandle."""

    label: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Groups of cells, `<…>, <…>`; `bits` is the size of each."""

    groups: tuple[tuple[int | Reference, ...], ...]
    bits: int = 32


@dataclass(frozen=True, slots=True)
class Bytes:
    data: bytes


@dataclass(frozen=True, slots=True)
class PathReference:
    """A label outside of cells: the path of the overlay's own node, as text."""

    label: str


Part = Strings | Cells | Bytes | PathReference


@dataclass(frozen=True, slots=True)
class Mixed:
    """A value of several kinds, one after the other."""

    parts: tuple[Part, ...]


Value = Flag | Part | Mixed


def labels(value: Value) -> Iterator[str]:
    """Those that a value refers to."""
    if isinstance(value, Mixed):
        for part in value.parts:
            yield from labels(part)
    elif isinstance(value, PathReference):
        yield value.label
    elif isinstance(value, Cells):
        words = (word for group in value.groups for word in group)
        yield from (word.label for word in words if isinstance(word, Reference))


@dataclass(frozen=True, slots=True)
class PropertySource:
    """A property to write, the entry of the description that asks for it, and where its value is from."""

    name: str
    value: Value
    location: Location
    source: str | None = None
    entries: tuple[Location, ...] = field(default=(), compare=False)
    """Where each group of its cells stands, where the description has them one by one."""
    mentions: Mapping[str, Location] = field(default_factory=dict, compare=False)
    """Where each word of its lists stands, labels among them."""


@dataclass(frozen=True, slots=True)
class NodeSource:
    """A child node, new or of the base. `label` is for a new one."""

    name: str
    label: str | None
    properties: tuple[PropertySource, ...]
    children: tuple[NodeSource, ...]
    location: Location
    label_location: Location | None = field(default=None, compare=False)

    def walk(self) -> Iterator[NodeSource]:
        """The node and those below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Target:
    """A node of the base, by label or by path, and what is written into it: one fragment."""

    target: str
    properties: tuple[PropertySource, ...]
    children: tuple[NodeSource, ...]
    location: Location

    def walk(self) -> Iterator[Target | NodeSource]:
        """The node and those that are written below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_path(self) -> bool:
        return self.target.startswith("/")
