"""Two descriptions give one node of one SoC different streams.

Why: at most one of them is right for a firmware. The other one was copied from a tree for other
firmware, or has a typo, and its processor faults or does not start.

Fires on:

    extends: lemans
    streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3020, 0x0]], source: measured}}

Passes:

    extends: lemans
    streams: {remoteproc_adsp: null}

Fix: see which of the two sources is about your firmware, and correct the other description.

Source: dtgen/description/provenance.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description import dts
from dtgen.description.provenance import Described, streams
from dtgen.description.values import PropertySource
from dtgen.diagnostics import Finding, Place, Subject

ID = "conflicting-streams"


def check(described: Described) -> Iterator[Finding]:
    ours = {(path, prop.name): prop for path, prop in streams(described.board)}
    seen = set()
    for other in described.others:
        for path, theirs in streams(other):
            own = ours.get((path, theirs.name))
            place = path, theirs.name, theirs.location
            # what extends a description has its lines, too
            if own is None or own.value == theirs.value or place in seen:
                continue
            seen.add(place)
            yield Finding.at(
                own.location,
                f"{own.name} of {path} is {_text(own)}, and {_text(theirs)} in {other.name}",
                "vendors disagree on stream IDs: see which of the sources is about your firmware",
                Place(Subject(path, theirs.name), theirs.location),
            )


def _text(prop: PropertySource) -> str:
    """The value as in a source, and where it is from."""
    return f"{', '.join(dts.value_parts(prop.value))} ({prop.source or 'without a source'})"
