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

ID = "conflicting-streams"
