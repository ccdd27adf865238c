"""An entry of `allow:` is for a finding that is not there.

Why: the finding was mended, or the entry has a typo. An entry that is left standing hides the same
finding when it comes back.

Fires on:

    extends: lemans
    allow: [{rule: attach-overlap, at: remoteproc_adsp, why: it has none}]

Passes:

    extends: lemans

Fix: take the entry away. Where it is for some of the bases only, build for these.

Source: dtgen/checks/allow.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.provenance import Described
from dtgen.diagnostics import Finding
from dtgen.overlay.application import likely

ID = "unused-allow"


def check(described: Described) -> Iterator[Finding]:
    if described.used is None:
        return
    for entry in described.board.allow:
        if entry not in described.used:
            where, help = entry.location, "remove the entry, or build for the bases that it is for"
            if entry.at not in described.labels and (near := likely(entry.at, described.labels)):
                where, help = entry.at_location, f"did you mean {near}?"
            message = f"{entry.rule} is allowed at {entry.at}, but nothing is found there"
            yield Finding.at(where, message, help)
