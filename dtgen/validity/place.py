"""Where a part of a schema is, and what is asked of it: the keys of generated functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

VALID, CONDITION, SELECT, EVALUATED = "v", "c", "s", "e"
"""What a function tells: whether a value is valid, and with nothing excused; the same where no reference is
relative to anything; which properties are evaluated."""


class Place(NamedTuple):
    """Where a part of a schema is, and what is asked of it."""

    kind: str
    document: str
    """An `$id` without `#`."""
    pointer: str = ""
    """A JSON pointer."""

    @property
    def key(self) -> str:
        return f"{self.kind}{self.document}#{self.pointer}"

    @property
    def base(self) -> str:
        """What references in the part are relative to."""
        return "" if self.kind == SELECT else self.document

    def below(self, *names: str | int) -> Place:
        segments = (str(name).replace("~", "~0").replace("/", "~1") for name in names)
        return self._replace(pointer="/".join([self.pointer, *segments]))

    def condition(self) -> Place:
        """The same with nothing excused."""
        return self._replace(kind=CONDITION) if self.kind in (VALID, EVALUATED) else self

    def find(self, document: Callable[[str], Any]) -> Any:
        """The part. Raises: LookupError."""
        found = document(self.document)
        first, *segments = self.pointer.split("/")
        if first:
            raise LookupError(self.pointer)
        for segment in segments:
            name = segment.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        return found


def place(key: str) -> Place:
    """Where a part is, by its key."""
    document, _, pointer = key[1:].partition("#")
    return Place(key[0], document, pointer)
