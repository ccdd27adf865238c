"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

Report = Callable[[str, int, int], None]
"""The same, with what is being done first."""

PREPARING = "preparing bindings"
"""What takes long the first time, and never again."""
