"""Where the description is to be changed, and what to write there."""

from __future__ import annotations

from dtgen.bringup.verdict import Remedy
from dtgen.diagnostics import Subject
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """A node that a description of the SoC gives a stream, in words, and how to write that here."""

    text: str
    change: Remedy


@dataclass(frozen=True)
class Edits:
    """Without a description: the node and the property. Subclasses know the lines of one."""

    def stream(self, name: str, path: str) -> Remedy:
        """Give a node the stream of its firmware. `name`: what messages call the node."""
        return Remedy(f"{name}: iommus, with the stream of its firmware")

    def disable(self, name: str, path: str) -> Remedy:
        return Remedy(f'{name}: status = "disabled"')

    def enable(self, name: str, path: str) -> Remedy:
        return Remedy(f'{name}: status = "okay"')

    def boot(self, tree: str) -> Remedy:
        """Boot the tree for EL2 instead of `tree`."""
        return Remedy(f"boot {tree} with the overlay for EL2 applied")

    def at(self, subject: Subject, text: str) -> Remedy:
        """Something else at a place of the tree."""
        return Remedy(text)

    @property
    def known(self) -> bool:
        """Whether there is a description, which says what the overlay wrote."""
        return False

    def owners(self, smmu: str, sid: int) -> tuple[Owner, ...]:
        """Who has a stream in the descriptions of the SoC. `smmu`: what messages call the SMMU."""
        return ()

    def wrote(self, subject: Subject) -> bool:
        """Whether the description's overlay wrote the place."""
        return False
