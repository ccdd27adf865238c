"""A stream in the description does not say where it is from.

Why: vendors disagree on the stream IDs of one SoC, and a wrong one is seen only when the processor
faults. Who mends it then has to know whether the value was measured, copied or guessed. What a description
extends has a source for its own value; another value needs another one.

Fires on:

    extends: lemans
    streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3000, 0x0]]}}

Passes:

    extends: lemans
    streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3000, 0x0]], source: measured}}

Fix: say in `source:` which commit, document or vendor tree the value is from, or that you measured it.

Source: dtgen/description/provenance.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.provenance import Described, streams
from dtgen.diagnostics import Finding

ID = "missing-source"


def check(described: Described) -> Iterator[Finding]:
    for path, prop in streams(described.board):
        if prop.source is None:
            yield Finding.at(
                prop.location,
                f"{prop.name} of {path} has no source",
                "say in `source:` where the value is from: a commit, a document, a vendor tree",
            )
