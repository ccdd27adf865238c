"""What `dtgen doctor` found."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dtgen.report.style import Style

if TYPE_CHECKING:
    from dtgen.commands.doctor import Check


def report(checks: Sequence[Check], format_: str, style: Style) -> str:
    """One line a check, with the remedy beneath where there is one."""
    if format_ == "json":
        rows = [dataclasses.asdict(check) for check in checks]
        return json.dumps({"version": 1, "checks": rows}, indent=2) + "\n"
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        if not check.remedy:
            mark = style.paint("ok", "green") + "     "
        elif check.needed:
            mark = style.paint("missing", "red")
        else:
            mark = style.paint("absent", "yellow") + " "
        lines.append(f"{mark}  {check.name:{width}}  {check.found}")
        if check.remedy:
            lines.append(f"{'':9}{'':{width}}  {style.paint('help', 'green')}: {check.remedy}")
    return "\n".join(lines) + "\n"
