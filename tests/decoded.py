"""Two decoded trees, value by value: types and sizes count, and the order of properties."""

from __future__ import annotations

from typing import Any


def difference(theirs: Any, ours: Any, path: str = "") -> str:
    """Of two decoded values, the first; empty for none."""
    if isinstance(theirs, dict | list):
        if (
            type(ours) is not type(theirs)
            or len(ours) != len(theirs)
            or (type(ours) is dict and list(ours) != list(theirs))
        ):
            return f"{path}: {theirs!r}, ours {ours!r}"
        pairs = [
            (key, theirs[key], ours[key]) for key in (theirs if type(ours) is dict else range(len(ours)))
        ]
        return next(filter(None, (difference(one, two, f"{path}/{key}") for key, one, two in pairs)), "")
    kind = next(kind for kind in (bool, int, str, bytes) if isinstance(theirs, kind))
    size = getattr(theirs, "size", 32)
    if isinstance(ours, kind) and theirs == ours and getattr(ours, "size", 32) == size:
        return ""
    return f"{path}: {theirs!r} of {size}, ours {ours!r}"
