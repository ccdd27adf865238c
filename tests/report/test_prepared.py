"""`dtgen bindings status`."""

from __future__ import annotations

import json
from pathlib import Path

from dtgen.report import prepared
from dtgen.report.style import Style
from dtgen.results import Freshness, PreparedSet

SETS = (
    PreparedSet(Path("/c/a.schemas"), "/linux/bindings", 5573, 1, 11 << 20, Freshness.CURRENT),
    PreparedSet(Path("/c/b.schemas"), "/mine", 88, 0, 1536, Freshness.CHANGED),
    PreparedSet(Path("/c/d.schemas"), "", 0, 0, 10, Freshness.OUTDATED),
)


def test_a_line_for_each_set() -> None:
    assert prepared.report(SETS, Path("/c"), "text", Style()) == (
        "current    5,573 schemas   11.0 MiB  /linux/bindings   (1 left out)\n"
        "changed       88 schemas    1.5 KiB  /mine\n"
        "outdated       ? schemas    0.0 KiB  /c/d.schemas\n"
        "in /c; `dtgen bindings clear` removes them\n"
    )


def test_none() -> None:
    assert prepared.report((), Path("/c"), "text", Style()) == (
        "no bindings are prepared in /c; `dtgen bindings build DIR` does it\n"
    )


def test_json() -> None:
    report = json.loads(prepared.report(SETS[:1], Path("/c"), "json", Style()))
    assert report == {
        "version": 1,
        "cache": "/c",
        "sets": [
            {
                "file": "/c/a.schemas",
                "source": "/linux/bindings",
                "schemas": 5573,
                "problems": 1,
                "bytes": 11534336,
                "state": "current",
            }
        ],
    }
