"""What tells one dtgen from another, so that nothing is used that another one has kept."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from dtgen import __version__


@cache
def of(package: Path) -> str:
    """Of the sources below a directory of ours."""
    digest = hashlib.sha256(__version__.encode())
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
