"""What `dtgen bindings status` shows: the prepared sets of bindings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dtgen.report.style import Style
from dtgen.results import Freshness, PreparedSet

_COLORS = {Freshness.CURRENT: "green", Freshness.CHANGED: "yellow"}


def report(sets: Sequence[PreparedSet], cache: Path, format_: str, style: Style) -> str:
    """One line a set."""
    if format_ == "json":
        rows = [
            {
                "file": str(kept.file),
                "source": kept.source,
                "schemas": kept.schemas,
                "problems": kept.problems,
                "bytes": kept.size,
                "state": kept.freshness.value,
            }
            for kept in sets
        ]
        return json.dumps({"version": 1, "cache": str(cache), "sets": rows}, indent=2) + "\n"
    if not sets:
        return f"no bindings are prepared in {cache}; `dtgen bindings build DIR` does it\n"
    lines = []
    for kept in sets:
        state = style.paint(f"{kept.freshness.value:8}", _COLORS.get(kept.freshness, "dim"))
        left_out = f"   ({kept.problems} left out)" if kept.problems else ""
        count = f"{kept.schemas:,}" if kept.schemas else "?"
        size = f"{size_text(kept.size):>9}"
        lines.append(f"{state}  {count:>6} schemas  {size}  {kept.source or kept.file}{left_out}")
    lines.append(f"in {cache}; `dtgen bindings clear` removes them")
    return "\n".join(lines) + "\n"


def size_text(size: int) -> str:
    """Bytes as KiB or MiB."""
    return f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / 1024:.1f} KiB"
