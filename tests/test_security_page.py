"""docs/security.md names the limits as they are."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parent.parent / "docs/security.md").read_text(encoding="utf-8")
_UNITS = {"s": 1, "bytes": 1, "characters": 1, "MiB": 1 << 20, "GiB": 1 << 30}
ROWS = [
    (limits.strip(), constants)
    for limits, constants in re.findall(r"^\|[^|\n]*\|([^|\n]*)\|([^|\n]*`[^|\n]*)\|$", PAGE, re.MULTILINE)
]


def test_all_rows_are_read() -> None:
    assert len(ROWS) == PAGE.partition("## The limits")[2].count("\n|") - 2


@pytest.mark.parametrize(("limits", "constants"), ROWS)
def test_a_limit_is_as_the_page_says(limits: str, constants: str) -> None:
    wanted = []
    for limit in limits.split(";"):
        number, _, unit = limit.strip().replace(" more", "").partition(" ")
        wanted.append(int(number.replace(",", "")) * _UNITS.get(unit, 1))
    found, module = [], None
    for name in re.findall(r"`([^`]+)`", constants):
        if name.endswith(".py"):
            module = importlib.import_module(f"dtgen.{name.removesuffix('.py').replace('/', '.')}")
        else:
            found.append(getattr(module, name))
    assert found == wanted
