"""Modules of a table are imported when they are asked for."""

from __future__ import annotations

import sys

import pytest

from dtgen.modules import Modules


def test_one_is_imported_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dtgen.report.github", raising=False)
    table: Modules[object] = Modules("dtgen.report", ("github", "json_"), "builds")
    assert list(table) == ["github", "json"] and len(table) == 2 and "github" in table
    assert "dtgen.report.github" in sys.modules or table["github"]
    with pytest.raises(KeyError):
        table["sarif"]
