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

ID = "missing-source"
