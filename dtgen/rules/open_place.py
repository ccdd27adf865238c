"""A description has a place that somebody has yet to fill in.

Why: `dtgen new` and `dtgen import` write down what they find, and leave `TODO` where only the hardware, its
firmware or its maker can tell. A stream ID that was guessed would build, and the processor would fault.

Fires on:

    extends: lemans
    streams:
      remoteproc_adsp:
        iommus:
          - [apps_smmu, TODO, TODO]   # stream ID and mask of its firmware

Passes:

    extends: lemans
    streams:
      remoteproc_adsp:
        iommus:
          - [apps_smmu, 0x3000, 0x0]
        source: our firmware's release notes

Fix: fill the place in with what the comment behind it asks for; or take the entry away, where the board does
without.

Source: dtgen/description/open_places.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.open_places import RULE, places
from dtgen.description.yaml import Document
from dtgen.diagnostics import Finding

ID = RULE


def check(document: Document) -> Iterator[Finding]:
    return places(document)
