"""Pages: whatever a tree has in it is shown as text, and the page needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dtgen.commands.explain import page as explained
from dtgen.commands.record import Quote, Record, SourcedValue
from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.memory import Region
from dtgen.hardware.memory_map import MemoryEntry, MemoryMap, User
from dtgen.hardware.pas import REMOTEPROC
from dtgen.hardware.sharing import Sharing
from dtgen.hardware.stream_map import Claimant, Smmu, Stream, StreamMap
from dtgen.report import html, page
from dtgen.report.visible import visible
from dtgen.results import (
    Assessment,
    BaseResult,
    BuildResult,
    FileContent,
    LayerChanges,
    TreeResult,
    ValidationResult,
    View,
)

BAD = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"`{{ 7*191 }}\u202e\x00"
LONG = "x" * 10_000
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Read(HTMLParser):
    """A page as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(text: str, beside: Collection[str] = ()) -> Read:
    """With what holds for every page. `beside`: other pages that it may lead to."""
    found = Read(text)
    assert found.open == []
    assert len(found.all("script")) == len(found.all("style")) == 1
    policy = next(meta["content"] for meta in found.all("meta") if meta.get("http-equiv"))
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(found.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in (policy or "")
    assert (policy or "").startswith("default-src 'none'; ")
    names = [name for _, attributes in found.tags if (name := attributes.get("id"))]
    assert len(set(names)) == len(names)
    for link in found.all("a"):
        target = link["href"] or ""
        assert target.removeprefix("#") in names or target in beside
    for _, attributes in found.tags:
        assert not {"src", "style", "xlink:href", "action", "poster", "data"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    return found


def diagnostic(text: str, rule: str = "attach-overlap", line: int | None = 3) -> Diagnostic:
    at = Place(Subject(f"/{text}", text), Location(text, 2))
    return Diagnostic(
        rule, Severity.ERROR, text, Location(f"{text}.yaml", line), at, (at,), text, text, text, allowed=text
    )


def view(text: str) -> View:
    claimant = Claimant(Subject(f"/{text}", "iommus"), text, 1, True, True, Sharing.ATTACH, (text,))
    smmu = Smmu(f"/{text}", text, 2, "okay", True, 1, (Stream(1, 0, 1, (claimant,)),))
    entry = MemoryEntry(
        f"/{text}",
        text,
        Region(0, 4096),
        4096,
        True,
        False,
        True,
        (text,),
        (User(text, text, True),),
        (),
        None,
    )
    layers = (LayerChanges(text, (Change(ChangeKind.CHANGED, f"/{text}", text, text, text, text),)),)
    return View(
        StreamMap(text, None, (smmu,)),
        MemoryMap(text, None, (entry,)),
        layers,
        (FileContent(text, text, text, 3),),
    )


def built(text: str) -> BuildResult:
    of_view = view(text)
    user = PasUser(text, text, REMOTEPROC, Fate.FORGOTTEN, text, text)
    assessment = Assessment(
        (diagnostic(text),), (diagnostic(text, "x"),), (diagnostic(text, text),), (text,), (user,)
    )
    base = BaseResult(text, text, text, of_view.layers[0].changes, assessment, (text,), 0.5, of_view)
    return BuildResult(text, text, (text,), (diagnostic(text),), (base,), text, (text,))


def record(text: str) -> Record:
    rule = replace(explained("attach-overlap", None), documentation=f"{text}\n\nWhy: {text}\n\n    {text}")
    quotes = {(f"{text}.yaml", 3): Quote(2, (text, text, text))}
    written = (SourcedValue(text, text, text, text, text, text, Location(text, 1)),)
    return Record(text, ((text, text),), (FileContent(text, text, text, 1),), quotes, (rule,), written)


@pytest.mark.parametrize("text", [BAD, LONG, "\u200f\u05e9\u05dc", "a&amp;b <!-- --> ]]>"])
def test_what_is_hostile_is_text(text: str) -> None:
    made = html.builds([built(text)], record(text))
    found = read(made)
    assert found.all("img") == []
    assert re.sub(r"\s+", " ", visible(text))[:40] in found.text
    assert not {"\u202e", "\u200f", "\x00"} & set(made)
    assert "1337" not in made
    assert made == html.builds([built(text)], record(text))


def test_a_page_says_what_the_build_did() -> None:
    made = read(html.builds([built("text")], record("text")))
    for sentence in (
        "text fits its base and introduces nothing that is wrong.",  # what is allowed counts for nothing
        "Introduced 1",
        "Fixed 1",
        "Pre-existing 1",
        "1 of at most 128 stream mapping groups",
        "Made by dtgen. Nothing on this page comes from elsewhere.",
    ):
        assert sentence in made.text
    assert {name["href"] for name in made.all("a")} >= {"#rule-1", "#findings", "#trees", "#sources", "#run"}
    assert len([one for one in made.all("svg") if one.get("role") == "img"]) == 3
    assert all(one.get("scope") for one in made.all("th"))


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([BuildResult.failed("b", (Diagnostic("x", Severity.ERROR, "m", Location("f")),))], "b could not be built: dtgen found 1 error."),
        ([BuildResult("b", "t", (), (), (BaseResult.refused("n", "f", ()), BaseResult("m", "m", "o", (), Assessment(), (), 0)), "", ())], "b fits 1 of 2 bases and introduces nothing that is wrong."),
        ([built("a"), built("b")], "2 boards fit all 2 bases and introduce nothing that is wrong."),
    ],
)  # fmt: skip
def test_verdicts(results: list[BuildResult], verdict: str) -> None:
    assert verdict in read(html.builds(results, record("r"))).text


def test_one_finding_on_several_trees_is_one() -> None:
    trees = tuple(
        TreeResult(f"{n}.dtb", None, Assessment((_plain(Location(f"{n}.dtb")),)), True) for n in range(3)
    )
    found = read(html.validation(ValidationResult(trees, (), "b", ()), record("r")))
    assert len(found.all("article")) == 1
    assert "all 3 trees" in found.text
    assert "3 trees have 3 errors." in found.text


@pytest.mark.parametrize(
    ("trees", "verdict"),
    [
        ([("a", None, True)], "a has 1 error."),
        ([("a", "b", True)], "a introduces 1 error."),
        ([("a", None, False)], "a cannot be validated: dtgen found 1 error."),
        ([("a", None, False), ("c", None, True)], "2 trees, of which 1 can be read, have 2 errors."),
        ([("a", "b", True), ("c", "b", True)], "2 trees introduce 2 errors."),
    ],
)
def test_verdicts_of_trees(trees: list[tuple[str, str | None, bool]], verdict: str) -> None:
    found = tuple(TreeResult(n, on, Assessment((_plain(Location(n)),)), valid) for n, on, valid in trees)
    assert verdict in read(html.validation(ValidationResult(found, (), "b", ()), record("r"))).text


def _plain(where: Location) -> Diagnostic:
    return Diagnostic("x", Severity.ERROR, "m", where, Place(Subject("/a"), where))


def test_many_trees_are_shown_by_schema_and_file_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "BUDGET", 20_000)
    trees = []
    for n in range(20):
        wrong = replace(_plain(Location(f"{n}.dtb")), message=f"m{n}" + "y" * 1000)
        trees.append(TreeResult(f"{n}.dtb", None, Assessment((wrong,)), True))
    found = read(html.validation(ValidationResult(tuple(trees), (), "b", ()), record("r")))
    shown = len(found.all("article"))
    assert 5 < shown < 20
    assert f"{20 - shown} more are left out here" in found.text
    assert "By schema and rule" in found.text
    assert found.all("section") == []


def test_a_page_for_each_base_and_one_that_leads_to_them() -> None:
    first, second = (replace(built("a").bases[0], name=name, file=name) for name in ("one two", "b"))
    result = replace(built("a"), bases=(first, second))
    values = tuple(replace(record("a").written[0], board=board) for board in ("a", "another"))
    made = html.build_pages([result], replace(record("a"), written=values))
    assert list(made) == ["index.html", "a-one two.html", "a-b.html"]
    index = read(made["index.html"], ("a-one%20two.html", "a-b.html"))
    assert index.all("svg") == index.all("svg")[:1]
    assert "a fits all 2 bases" in index.text
    page = read(made["a-b.html"])
    assert "a fits its base" in page.text
    assert len([one for one in page.all("svg") if one.get("role") == "img"]) == 3
    assert page.text.count("What the description writes") == 1
    assert made == html.build_pages([result], replace(record("a"), written=values))
