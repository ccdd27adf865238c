"""What an overlay is held against before it is applied: the base, and what is known of its labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Location, Subject
from dtgen.records import dataclass
from dtgen.words import near_names

MAX_NEAR = 3
MIN_LIKENESS = 0.75


def _nowhere(label: str) -> Location | None:
    return None


@dataclass(frozen=True, slots=True)
class Application:
    """An overlay beside a base that it is to be applied to."""

    overlay: Overlay
    base: Tree
    unplaced: Mapping[str, str] = field(default_factory=dict)
    """Of a base that came without labels: label to the sentence that says why it could not be placed."""
    deletion: Callable[[str], Location | None] = _nowhere
    """Where the base's sources delete the node of a label; None where that cannot be said."""

    later: Mapping[str, str] = field(default_factory=dict)
    """Of the labels of overlays that come later in the stack: label to file."""

    constants: tuple[str, ...] = ()
    """Of the overlay's description: names of numbers, which could be meant where a label is unknown."""

    stand_in: bool = False
    """Whether the base is a built-in one, which lacks most of the board."""

    @property
    def is_same_board(self) -> bool:
        """Whether overlay and base name a board or an SoC in common."""
        return not set(self.overlay.tree.root.compatible).isdisjoint(self.base.root.compatible)

    @property
    def unknown_labels(self) -> tuple[str, ...]:
        """Those that the overlay refers to and the base does not have."""
        return tuple(label for label in self.overlay.fixups if label not in self.base.symbols)

    def first_use(self, label: str) -> Subject:
        """The place of the overlay that refers to a label first."""
        places = self.overlay.fixups[label]
        return Subject(places[0].path, places[0].property) if places else Subject("/__fixups__", label)


def likely(name: str, known: Iterable[str]) -> str:
    """The names that are most like one that is not known, "a, b or c"; empty where none is."""
    near = near_names(name, known, MAX_NEAR, MIN_LIKENESS)
    return " or ".join([", ".join(near[:-1]), near[-1]] if len(near) > 1 else near)
