"""Where the streams of a description come from, and what other descriptions say of them."""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description import dts
from dtgen.description.board import Allowance, Board
from dtgen.description.lookup import of_soc
from dtgen.description.values import NodeSource, PropertySource, Target
from dtgen.diagnostics import Finding, Place, Subject
from dtgen.project.layout import Finder
from dtgen.records import dataclass

_STREAMS = ("iommus", "iommu-map", "msi-map")


@dataclass(frozen=True, slots=True)
class Described:
    """A description that was built, and what it is held against."""

    board: Board
    others: tuple[Board, ...] = ()
    """See `related()`."""
    used: frozenset[Allowance] | None = None
    """The entries of `allow:` that a finding was left for; None where a base was refused: then nobody knows
    what would be found there."""
    labels: frozenset[str] = frozenset()
    """Of its bases and of its overlay."""


def related(board: Board, finder: Finder) -> tuple[Board, ...]:
    """The other descriptions that fit a base that this one fits, by name.

    Those that cannot be loaded are left out: what is wrong with them is reported when they are built.
    """
    return tuple(of_soc(board.compatible, finder, board.name))


def streams(board: Board) -> Iterator[tuple[str, PropertySource]]:
    """The properties that give streams, with the label or path of their node."""
    for target in board.targets:
        yield from _of(target, target.target)


def _of(node: Target | NodeSource, path: str) -> Iterator[tuple[str, PropertySource]]:
    yield from ((path, prop) for prop in node.properties if prop.name in _STREAMS)
    for child in node.children:
        yield from _of(child, f"{path}/{child.name}")


@dataclass(frozen=True, slots=True)
class Difference:
    """A stream that another description of the SoC has otherwise."""

    path: str
    """The label or path of the node."""
    own: PropertySource
    theirs: PropertySource
    other: str
    """The name of the other description."""

    @property
    def is_sourced(self) -> bool:
        """Whether both say where their stream is from."""
        return self.own.source is not None and self.theirs.source is not None

    @property
    def finding(self) -> Finding:
        """At the description's own line, with both sources."""
        return Finding.at(
            self.own.location,
            f"{self.own.name} of {self.path} is {_text(self.own)}, and {_text(self.theirs)} in {self.other}",
            "vendors disagree on stream IDs: see which of the sources is about your firmware",
            Place(Subject(self.path, self.theirs.name), self.theirs.location),
        )


def differences(described: Described) -> Iterator[Difference]:
    """What extends a description has its lines, too: of each there is one."""
    ours = {(path, prop.name): prop for path, prop in streams(described.board)}
    seen = set()
    for other in described.others:
        for path, theirs in streams(other):
            own = ours.get((path, theirs.name))
            place = path, theirs.name, theirs.location
            if own is not None and own.value != theirs.value and place not in seen:
                seen.add(place)
                yield Difference(path, own, theirs, other.name)


def unsourced(described: Described) -> Iterator[str]:
    """How many streams of others differ that have no source: a line for each of the others."""
    own = described.board
    counts: dict[str, int] = {}
    for difference in differences(described):
        if difference.theirs.source is None and difference.own.source is not None:
            counts[difference.other] = counts.get(difference.other, 0) + 1
    for other, count in counts.items():
        what = "a stream that differs" if count == 1 else f"{count} streams that differ"
        yield f"{other} has {what} from {own.name}, without a source; `dtgen build {other}` says which"


def _text(prop: PropertySource) -> str:
    """The value as in a source, and where it is from."""
    return f"{', '.join(dts.value_parts(prop.value))} ({prop.source or 'without a source'})"
