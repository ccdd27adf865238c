"""Why a schema file cannot be used: apart from what reads them, which is imported where a set is made."""

from __future__ import annotations

from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """A schema file that cannot be used; it does not stop the others. `line` counts from 1."""

    file: str
    line: int | None
    message: str
