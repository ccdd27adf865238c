"""Several overlays on one base, in order: what each did."""

from __future__ import annotations

from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One overlay of a stack; its blob was checked."""

    overlay: Overlay
    blob: bytes
    constants: tuple[str, ...] = ()
    """The names of numbers that its description has."""

    @property
    def file(self) -> str:
        return self.overlay.tree.file


@dataclass(frozen=True, slots=True)
class Step:
    """A layer applied to what the earlier ones made of the base."""

    layer: Layer
    merged: Merged
    earlier: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """All layers applied, one at least. Each step's tree is the next one's base."""

    steps: tuple[Step, ...]

    @property
    def merged(self) -> Merged:
        """The steps as one; of what several layers wrote, the origin in the last of them."""
        each = [step.merged for step in self.steps]
        origins = {place: origin for merged in each for place, origin in merged.origins.items()}
        references = {place: cells for merged in each for place, cells in merged.references.items()}
        return Merged(each[0].base, self.tree, self.blob, origins, references)

    @property
    def blob(self) -> bytes:
        return self.steps[-1].merged.blob

    @property
    def tree(self) -> Tree:
        return self.steps[-1].merged.tree
