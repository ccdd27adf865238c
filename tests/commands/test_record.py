"""What a page has beside the results."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dtgen.commands.record import Quote, record, sources
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.project.layout import Finder
from dtgen.results import Assessment


def found(file: str, line: int | None, rule: str = "attach-overlap") -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, "m", Location(file, line))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"one\ntwo\nthree\nfo\xffur\n")
    return tmp_path


def test_lines_are_quoted_with_their_neighbours(here: Path) -> None:
    del here
    places = [
        ("a.yaml", 1),
        ("a.yaml", 2),
        ("a.yaml", 4),
        ("a.yaml", 5),
        ("a.yaml", None),
        ("gone", 1),
        (".", 1),
    ]
    made = record("dtgen", [found(*place) for place in places], (), ())
    assert made.quotes == {
        ("a.yaml", 1): Quote(1, ("one", "two")),
        ("a.yaml", 2): Quote(1, ("one", "two", "three")),
        ("a.yaml", 4): Quote(3, ("three", "fo\ufffdur", "")),
        ("a.yaml", 5): Quote(4, ("fo\ufffdur", "")),
    }


def test_a_long_line_is_cut(here: Path) -> None:
    (here / "long.yaml").write_text("x" * 10_000)
    (quote,) = record("dtgen", [found("long.yaml", 1)], (), ()).quotes.values()
    assert quote.lines == ("x" * 300 + "…",)


def test_inputs_are_hashed_once_and_what_is_no_file_is_left_out(here: Path) -> None:
    file = here / "a.yaml"
    given = [("base", file), ("base", file), ("tree", here), ("tree", here / "gone")]
    (content,) = record("dtgen", (), (), given).contents
    assert (content.name, content.what, content.size) == ("a.yaml", "base", 20)
    assert content.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_directory_of_bindings_is_hashed_as_one(here: Path) -> None:
    (here / "Bindings/arm").mkdir(parents=True)
    (here / "Bindings/a.yaml").write_text("a\n")
    (here / "Bindings/arm/b.yaml").write_text("b\n")
    (content,) = record("dtgen", (), (), (), here).contents
    listed = "".join(
        f"{hashlib.sha256(text).hexdigest()}  {name}\n"
        for name, text in (("a.yaml", b"a\n"), ("arm/b.yaml", b"b\n"))
    )
    assert (content.name, content.size) == ("Bindings", 4)
    assert content.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert record("dtgen", (), (), (), here / "none").contents == ()


def test_every_id_has_its_page(here: Path) -> None:
    del here
    ids = ["dtc:reg_format", "iommu/arm,smmu.yaml", "malformed-blob", "soc/unknown.yaml"]
    assessment = Assessment(
        (found("x", None, ids[0]),), (found("x", None, ids[1]),), (found("x", None, ids[2]),)
    )
    made = record("dtgen", [found("x", None, ids[3])], [assessment], ())
    # the last one is of a set that stands elsewhere
    assert [page.id for page in made.pages] == ids[:3]


def test_sources_of_a_description_and_of_what_it_extends(finder: Finder, here: Path) -> None:
    (here / "mine.yaml").write_text(
        "name: mine\nextends: lemans\nstreams:\n  remoteproc_adsp:\n    iommus:\n      - [apps_smmu, 0x3000, 0x0]\n"
        "    source: a letter\n"
    )
    boards, files = sources(["mine.yaml", "nothing"], Finder((*finder.roots,)))
    assert [(what, file.name) for what, file in files] == [
        ("description", "mine.yaml"),
        ("description", "lemans.yaml"),
        ("template", "overlay.dtso.j2"),
    ]
    written = {(one.node, one.property): one for one in record("dtgen", (), (), files, boards=boards).written}
    stream = written["&remoteproc_adsp", "iommus"]
    assert (stream.value, stream.source, str(stream.location)) == (
        "<&apps_smmu 0x3000 0x0>", "a letter", "mine.yaml:6:9",
    )  # fmt: skip
    assert (
        written["&remoteproc_cdsp0", "iommus"].source
        == "Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso"
    )
    zap = written["&gpu_zap_shader", "status"]
    assert (zap.value, zap.source) == ('"disabled"', None)
    assert zap.why.startswith("At EL2 Linux takes the GPU out of secure mode itself")
