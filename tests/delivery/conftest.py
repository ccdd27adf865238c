"""Fixtures: the tables of a distribution, a kernel tree in small."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import CORPUS, absent


@pytest.fixture(scope="session")
def tables() -> Path:
    """Real tables, beside the kernel's devicetrees."""
    directory = CORPUS.parent / "delivery/tables"
    if not directory.is_dir():
        absent(str(directory))
    return directory
