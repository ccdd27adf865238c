"""Waiting for what other processes do, however busy the machine is.

What never happens is ended by pytest's `faulthandler_timeout`, which prints where.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def await_all(*conditions: Callable[[], object]) -> None:
    while not all(condition() for condition in conditions):
        time.sleep(0.01)


def is_alive(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
