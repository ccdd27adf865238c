"""What a set of schemas says of a name alone, kept beside the set, so that it is worked out once.

The types of a property, and the schemas that may matter to a node for its name or for that of a property,
depend on nothing but the set and the name. Trees use a few thousand names, and of most the same is said.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from dtgen.errors import ToolError
from dtgen.project import store

_MOST = 50_000
"""Names that are kept: all boards of a vendor have ten thousand; to read more takes longer than it saves."""

_Tables = dict[str, dict[str, Any]]


class Names:
    """Tables of names, each with what JSON has for it; what is added to them is kept."""

    def __init__(self, file: Path | None = None) -> None:
        """`file`: beside the set; None: nothing is kept."""
        self._file = file
        self._tables = _read(file) if file else {}
        self._kept = self._count

    @property
    def were_kept(self) -> bool:
        """Whether an earlier run has left some: then another one comes, perhaps."""
        return self._kept > 0

    @property
    def _count(self) -> int:
        return sum(map(len, self._tables.values()))

    def table(self, of: str) -> dict[str, Any]:
        """The table of this name, to be read and added to."""
        return self._tables.setdefault(of, {})

    def keep(self) -> None:
        """Write down what was added; or not, if that fails, or the directory of the set is gone."""
        if self._file is None or not self._kept < self._count <= _MOST or not self._file.parent.exists():
            return
        groups: dict[tuple[str, str], list[str]] = {}
        known = _read(self._file)  # another process may have kept more
        for of in {**known, **self._tables}:
            for name, value in (known.get(of, {}) | self._tables.get(of, {})).items():
                if "\n" not in name:
                    groups.setdefault((of, json.dumps(value)), []).append(name)
        entries = [[of, json.loads(value), "\n".join(names)] for (of, value), names in groups.items()]
        text = json.dumps(entries, separators=(",", ":")).encode()
        with contextlib.suppress(ToolError):
            store.save(self._file, text, durably=False)
        self._kept = self._count


def _read(file: Path) -> _Tables:
    """Nothing where the file is missing or damaged."""
    tables: _Tables = {}
    for of, value, names in json.loads(store.load(file) or "[]"):
        tables.setdefault(of, {}).update(dict.fromkeys(names.split("\n"), value))
    return tables
