"""Two descriptions of one SoC, both with sources, give a node different streams.

Why: vendors disagree on the streams of one SoC, since their firmware does. Both may be right, each for a
firmware of its own; which one a board has, nobody but its maker can say. Of two descriptions that is shown
once, however many nodes they disagree on.

Fires on:

    extends: lemans
    streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3020, 0x0]], source: measured}}

Passes:

    extends: lemans
    streams: {remoteproc_adsp: null}

Fix: nothing, where your source is about your firmware.

Source: dtgen/description/provenance.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.provenance import Described, differences
from dtgen.diagnostics import Finding

ID = "contradictory-source"


def check(described: Described) -> Iterator[Finding]:
    seen: set[str] = set()
    for difference in differences(described):
        if difference.is_sourced and difference.other not in seen:
            seen.add(difference.other)
            yield difference.finding
