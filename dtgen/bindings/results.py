"""What a set of bindings said of a whole tree, kept by content so that it is asked once."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dtgen import __version__
from dtgen.bindings.engine import Engine
from dtgen.bindings.validator import Violation
from dtgen.diagnostics import Clause, Subject
from dtgen.errors import ToolError
from dtgen.files import write_atomically

_FORMAT = 2
"""Changes when a message or a field of Violation does."""


@dataclass(frozen=True, slots=True)
class ResultCache:
    """A directory of them."""

    folder: Path

    def load(self, engine: Engine, blob: bytes) -> tuple[Violation, ...] | None:
        """None where the tree was not validated against this set, or what was kept is damaged."""
        try:
            checksum, _, text = self._file(engine, blob).read_bytes().partition(b"\n")
        except OSError:
            return None
        if checksum != _checksum(text):
            return None
        return tuple(_violation(entry) for entry in json.loads(text))

    def save(self, engine: Engine, blob: bytes, violations: tuple[Violation, ...]) -> None:
        """Where the cache cannot be written, the tree is validated again next time."""
        text = json.dumps([dataclasses.asdict(violation) for violation in violations]).encode()
        with contextlib.suppress(ToolError):
            write_atomically(self._file(engine, blob), _checksum(text) + b"\n" + text)

    def _file(self, engine: Engine, blob: bytes) -> Path:
        digest = hashlib.sha256(f"{_FORMAT} {__version__} {engine.identity}\n".encode() + blob)
        return self.folder / f"{digest.hexdigest()[:32]}.json"


def _checksum(text: bytes) -> bytes:
    return f"{zlib.crc32(text):08x}".encode()


def _violation(entry: dict[str, Any]) -> Violation:
    subject, clause = entry.pop("subject"), entry.pop("clause")
    path = tuple(clause.pop("property_path"))
    return Violation(Subject(**subject), Clause(**clause, property_path=path), **entry)
