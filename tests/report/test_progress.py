"""A sign of life where nobody sees what is written."""

from __future__ import annotations

import pytest

from dtgen.progress import PREPARING
from dtgen.project import files
from dtgen.report.progress import bar


@pytest.mark.parametrize(
    ("variable", "what", "shown"),
    [
        ("1", PREPARING, ["[dtgen is preparing bindings, once] "]),
        ("1", "checking", []),
        (None, PREPARING, []),
    ],
)
def test_under_pre_commit(
    variable: str | None, what: str, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv("PRE_COMMIT", variable)
    else:
        monkeypatch.delenv("PRE_COMMIT", raising=False)
    seen: list[str] = []
    monkeypatch.setattr(files, "to_terminal", seen.append)
    with bar(True) as progress:
        progress(what, 1, 2)
        progress(what, 2, 2)
    assert seen == shown
