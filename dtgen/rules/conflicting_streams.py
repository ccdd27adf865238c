"""Two descriptions give one node of one SoC different streams.

Why: at most one of them is right for a firmware. The other one was copied from a tree for other
firmware, or has a typo, and its processor faults or does not start. Where both say where their streams are
from, it is one vendor's word against another's: see `contradictory-source`. Where the other one alone lacks
a source, it is said when that one is built; here a note counts these.

Fires on:

    extends: lemans
    streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3020, 0x0]]}}

Passes:

    extends: lemans
    streams: {remoteproc_adsp: null}

Fix: see which of the two sources is about your firmware, and correct the other description.

Source: dtgen/description/provenance.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.provenance import Described, differences
from dtgen.diagnostics import Finding

ID = "conflicting-streams"


def check(described: Described) -> Iterator[Finding]:
    """Where the other one lacks the source, it is the other one's to say."""
    own = described.board.location.file
    return (
        difference.finding
        for difference in differences(described)
        if difference.own.source is None and difference.own.location.file == own
    )
