"""A committed overlay is not what its description gives now.

Why: who reads, reviews or builds the committed file has another overlay than the one that was described and
checked. Either the description was changed and the file was not generated again, or the file was edited by
hand, and the next one who generates it loses the edit.

Fires on, where `mine-el2.dtso` was generated with another summary:

    name: mine
    extends: lemans
    overlay: {name: mine-el2, summary: Changed since.}

Passes:

    name: mine
    extends: lemans
    overlay: {name: mine-el2, summary: Generated.}

Fix: `dtgen build NAME --update` writes the committed files again; bring edits into the description first.

Source: dtgen/commands/update.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import islice, zip_longest

from dtgen.diagnostics import Finding, Location
from dtgen.overlay.committed import Committed

ID = "stale-generated"

_SHOWN = 12
"""Lines of a difference."""


def check(committed: Committed) -> Iterator[Finding]:
    given = committed.generated
    if given is None or committed.is_current:
        return
    yield Finding.at(
        Location(committed.file, None if committed.is_blob else _first_line(committed.data, given.data)),
        f"this is not what {given.board} gives now",
        f"dtgen build {given.description} --update",
        excerpt="" if committed.is_blob else _difference(committed.data, given.data, committed.file),
    )


def _first_line(old: bytes, new: bytes) -> int:
    before, after = old.split(b"\n"), new.split(b"\n")
    lines = enumerate(zip_longest(before, after), 1)
    return min(next((n for n, (one, other) in lines if one != other), 1), len(before))


def _difference(old: bytes, new: bytes, shown: str) -> str:
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    lines = difflib.unified_diff(before, after, shown, "generated now", lineterm="", n=1)
    found = list(islice(lines, _SHOWN + 1))
    return "\n".join([*found[:_SHOWN], "…"] if len(found) > _SHOWN else found)
