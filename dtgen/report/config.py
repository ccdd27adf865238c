"""The settings in force, as lines of TOML with their origins, or as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtgen.commands.config import InForce


def report(settings: Sequence[InForce], format_: str) -> str:
    """One line a setting."""
    if format_ == "json":
        rows = [dataclasses.asdict(setting) for setting in settings]
        return json.dumps({"version": 1, "settings": rows}, indent=2, ensure_ascii=False) + "\n"
    lines = [(f"{setting.name} = {_value(setting)}", setting.origin) for setting in settings]
    width = min(max(len(line) for line, _ in lines), 60)
    return "".join(f"{line:{width}}  # {origin}\n" for line, origin in lines)


def _value(setting: InForce) -> str:
    """JSON's texts, numbers and lists are TOML's, too."""
    return '""' if setting.value is None else json.dumps(setting.value, ensure_ascii=False)
