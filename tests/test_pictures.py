"""The example page and the README's pictures are what is drawn now, and load nothing."""

from __future__ import annotations

import re

import pytest
from corpus import ROOT
from drawn import parsed
from test_html import read

from dtgen.report.svg.picture import PATTERNS, STYLE


def test_the_example_page() -> None:
    text = (ROOT / "docs/report.html").read_text(encoding="utf-8")
    page = read(text)
    parts = [
        (ROOT / "templates/report" / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    ]
    for part in (*parts, STYLE, PATTERNS):
        assert part in text, "run `make docs`"
    assert "mine fits its base and introduces 2 errors." in page.text


@pytest.mark.parametrize("name", ["streams", "memory", "terminal"])
def test_pictures_load_nothing(name: str) -> None:
    text = (ROOT / f"docs/{name}.svg").read_text(encoding="utf-8")
    parsed(text)
    assert set(re.findall(r"\w+://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert name == "terminal" or STYLE in text.replace("&quot;", '"'), "run `make docs`"
    assert f"docs/{name}.svg" in (ROOT / "README.md").read_text(encoding="utf-8") or name == "memory"
