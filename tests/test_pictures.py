"""The example page and the README's pictures are what is drawn now, and load nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from corpus import ROOT
from drawn import parsed, words
from test_html import read

from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.dts.kernel import compile_sources
from dtgen.hardware.memory_map import memory_map
from dtgen.hardware.stream_map import stream_map
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.project.layout import KernelTree
from dtgen.report.svg import memory_map as memory_picture
from dtgen.report.svg import stream_map as stream_picture
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


def test_the_maps_are_those_of_lemans_evk_at_el2(linux_7_2: KernelTree, shared_directory: Path) -> None:
    names = ["qcom/lemans-evk.dts", "qcom/lemans-el2.dtso"]
    tools = compiler.find_dtc(), compiler.find_cpp()
    base, overlay = (
        one.blob for one in compile_sources(linux_7_2, names, shared_directory / "cache", *tools)
    )
    assert base and overlay
    before = System(Merged.unchanged(blob.read(base, "base"), base))
    data = blob.apply(base, overlay)
    after = System(Merged.unchanged(blob.read(data, "merged"), data))
    for name, drawn in (
        ("streams", stream_picture.svg(stream_map(after, before))),
        ("memory", memory_picture.svg(memory_map(after, before))),
    ):
        kept = words(parsed((ROOT / f"docs/{name}.svg").read_text(encoding="utf-8")))
        assert [text for text in kept if ".dtb" not in text] == [
            text for text in words(parsed(drawn)) if text != "merged"
        ], "run `make docs`"


@pytest.mark.parametrize("name", ["streams", "memory", "terminal"])
def test_pictures_load_nothing(name: str) -> None:
    text = (ROOT / f"docs/{name}.svg").read_text(encoding="utf-8")
    parsed(text)
    assert set(re.findall(r"\w+://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert name == "terminal" or STYLE in text.replace("&quot;", '"'), "run `make docs`"
    assert f"docs/{name}.svg" in (ROOT / "README.md").read_text(encoding="utf-8") or name == "memory"
