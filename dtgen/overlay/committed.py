"""An overlay's file as it lies in a repository, beside what is known of it."""

from __future__ import annotations

from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node
from dtgen.errors import Rejected
from dtgen.records import dataclass

BLOB = ".dtbo"


@dataclass(frozen=True, slots=True)
class Generated:
    """What a description gives for a file."""

    data: bytes
    board: str
    description: str
    """What `dtgen build` takes for it."""


@dataclass(frozen=True, slots=True)
class Committed:
    """One file, a source or a blob."""

    file: str
    """What messages call it."""
    data: bytes = b""
    """Its content, where it is generated."""
    generated: Generated | None = None
    """None where somebody wrote it."""
    named: str = ""
    """What the project's settings would call it."""
    bases_known: bool = True
    """Whether it was said what the overlay is for, be it for nothing."""

    @property
    def is_blob(self) -> bool:
        return self.file.endswith(BLOB)

    @property
    def is_current(self) -> bool:
        """Whether it is what is generated now, if it is generated at all.

        Blobs are compared by what they say: another dtc may arrange it in another way.
        """
        if self.generated is None or self.data == self.generated.data:
            return True
        if not self.is_blob:
            return False
        try:
            old, new = (blob.read(data, self.file).root for data in (self.data, self.generated.data))
        except Rejected:
            return False
        return _content(old) == _content(new)


def _content(node: Node) -> tuple[object, ...]:
    properties = {name: prop.value for name, prop in node.properties.items()}
    return (properties, {name: _content(child) for name, child in node.children.items()})
