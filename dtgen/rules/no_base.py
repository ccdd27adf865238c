"""It is not known which base an overlay is for, so nothing but its compilation was checked.

Why: an overlay says little alone. Whether its labels are there, its references have the right number of
cells and its streams are free is seen on a base only. A check that passes for want of one would be taken for
a check of all that.

Fires on:

    [[overlay]]
    files = "overlays/lemans-*.dtso"
    bases = ["base.dtb"]

Passes:

    [[overlay]]
    files = "overlays/*.dtso"
    bases = ["base.dtb"]

Fix: name it with `--base FILE.dtb`, or in `dtgen.toml`; `bases = []` is for an overlay that has none.

Source: dtgen/commands/check_bases.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Location
from dtgen.overlay.committed import Committed

ID = "no-base"


def check(committed: Committed) -> Iterator[Finding]:
    if not committed.bases_known:
        yield Finding.at(
            Location(committed.file),
            "no base is known for this overlay: it was only compiled",
            "name it with --base FILE.dtb, or in dtgen.toml: "
            f'[[overlay]] files = "{committed.named or committed.file}", bases = ["FILE.dtb"]; '
            "bases = [] if there is none",
        )
