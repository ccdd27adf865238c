"""Waiting for what other processes do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

PATIENCE = 60
"""Seconds in which what must happen has happened; no test takes so long."""


def await_all(*conditions: Callable[[], object]) -> None:
    for _ in range(PATIENCE * 100):
        if all(condition() for condition in conditions):
            return
        time.sleep(0.01)
    pytest.fail("it does not happen")


def is_alive(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
