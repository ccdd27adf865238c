"""Import every overlay of the kernels in the corpus: how many come out equal, and why the others do not.

python tests/corpus_import.py        takes a minute
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from corpus import ROOT, V7_1, V7_2, unpacked

from dtgen.commands.import_ import ImportRequest, import_
from dtgen.errors import Rejected
from dtgen.project.layout import Finder


def main() -> None:
    finder = Finder.from_directory(ROOT)
    with tempfile.TemporaryDirectory() as name:
        for archive in (V7_1, V7_2):
            tree = unpacked(Path(name), archive)
            if tree is None:
                sys.stdout.write(f"{archive}: not there\n")
                continue
            overlays = sorted(tree.sources.rglob("*.dtso"))
            refused = 0
            for overlay in overlays:
                try:
                    import_(ImportRequest(overlay), finder, Path(name))
                except Rejected as refusal:
                    refused += 1
                    for diagnostic in refusal.diagnostics:
                        sys.stdout.write(f"{diagnostic.location}: {diagnostic.message}\n")
            equal = len(overlays) - refused
            sys.stdout.write(f"{archive}: {len(overlays)} overlays, {equal} equal, {refused} refused\n")


if __name__ == "__main__":
    main()
