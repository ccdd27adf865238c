"""Where streams come from, and what other descriptions say of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.description import board as boards
from dtgen.description import provenance
from dtgen.description.board import Board
from dtgen.description.provenance import Described
from dtgen.diagnostics import Finding, Location, Place, Subject
from dtgen.project.layout import Finder
from dtgen.rules import conflicting_streams, contradictory_source, missing_source

HELP = "say in `source:` where the value is from: a commit, a document, a vendor tree"
CONFLICT = "vendors disagree on stream IDs: see which of the sources is about your firmware"

ADSP = "streams: {adsp: {iommus: [[smmu, 0x3000, 0x0]], source: ours}}\n"
THEIRS = "streams: {adsp: {iommus: [[smmu, 0x3020, 0x0]], source: theirs}}\n"


# sources


def missing(board: Board) -> list[tuple[str, str]]:
    found = list(missing_source.check(Described(board)))
    assert {finding.help for finding in found} <= {HELP}
    return [(str(finding.location), finding.message) for finding in found]


def test_a_stream_without_a_source_is_told_at_its_line(load: Callable[..., Board]) -> None:
    board = load(
        "streams:\n  adsp:\n    iommus: [[smmu, 0x3000, 0x0]]\n  cdsp: {iommus: [[smmu, 1, 0]], source: s}\n"
    )
    assert missing(board) == [("boards/b.yaml:8:14", "iommus of adsp has no source")]


def test_maps_and_firmware_children_have_sources_too(load: Callable[..., Board]) -> None:
    board = load(
        "pcie:\n  pcie4:\n    iommu-map: [[0, smmu, 0x40000, 0x10000]]\n    msi-map: [[0, its, 0x40000, 0x10000]]\n"
        "firmware_children:\n  venus:\n    video-firmware:\n      iommus: [[smmu, 0xc42, 0]]\n"
    )
    assert missing(board) == [
        ("boards/b.yaml:8:17", "iommu-map of pcie4 has no source"),
        ("boards/b.yaml:9:15", "msi-map of pcie4 has no source"),
        ("boards/b.yaml:13:16", "iommus of venus/video-firmware has no source"),
    ]


def test_other_properties_need_no_source(load: Callable[..., Board]) -> None:
    nodes = "nodes: [{target: gpu, properties: {max-speed: 2}}]\n"
    assert missing(load(f"disable: {{codec: {{why: w}}}}\n{nodes}")) == []


def test_a_stream_among_free_properties_needs_one(load: Callable[..., Board]) -> None:
    entry = "target: gpu, properties: {iommus: {cells: [smmu, 0x1, 0x0]}}"
    assert [message for _, message in missing(load(f"nodes: [{{{entry}}}]\n"))] == [
        "iommus of gpu has no source"
    ]
    assert missing(load(f"nodes: [{{{entry}, source: s}}]\n")) == []


@pytest.mark.parametrize(
    ("child", "source"),
    [
        ("streams: {adsp: {iommus: [[smmu, 0x3020, 0x0]]}}", None),
        ("streams: {adsp: {iommus: [[smmu, 0x3020, 0x0]], source: mine}}", "mine"),
        ("streams: {adsp: {source: mine}}", "mine"),
        ("streams: {adsp: {}}", "ours"),
        ("streams: {}", "ours"),
        ("title: Mine", "ours"),
    ],
)
def test_the_source_of_what_is_extended_is_that_of_its_own_value(
    load: Callable[..., Board], own: Finder, child: str, source: str | None
) -> None:
    load(ADSP)
    Path("boards/mine.yaml").write_text(f"name: mine\nextends: b\n{child}\n")
    ((target),) = boards.load("mine", own).targets
    assert target.properties[0].source == source


def test_the_source_for_the_firmware_is_that_of_its_own_value_too(
    load: Callable[..., Board], own: Finder
) -> None:
    load("", header='name: b\ntitle: B\ncompatible: ["qcom,b"]\nfirmware: {pas_at_el2: true, source: ours}\n'
         "overlay: {name: b-el2, suffix: el2, license: MIT, summary: S}\n")  # fmt: skip
    Path("boards/mine.yaml").write_text("name: mine\nextends: b\nfirmware: {pas_at_el2: false}\n")
    mine = boards.load("mine", own)
    assert (mine.pas_at_el2, mine.firmware_source) == (False, None)


@pytest.mark.parametrize("name", ["lemans", "monaco", "talos", "x1", "x1-laptop", "sc8280xp", "sc7180"])
def test_every_value_of_the_built_in_boards_has_a_source(name: str, finder: Finder) -> None:
    assert missing(boards.load(name, finder)) == []


# conflicts


@pytest.fixture
def conflicts(load: Callable[..., Board], own: Finder) -> Callable[..., list[Finding]]:
    """Of the description `b` with the text, beside others."""

    def find(text: str, **others: str) -> list[Finding]:
        board = load(text)
        for name, content in others.items():
            Path(f"boards/{name}.yaml").write_text(content)
        described = Described(board, provenance.related(board, own))
        return [*conflicting_streams.check(described), *contradictory_source.check(described)]

    return find


def other(text: str, name: str = "o", compatible: str = "qcom,b") -> str:
    return (
        f'name: {name}\ntitle: O\ncompatible: ["{compatible}"]\nfirmware: {{pas_at_el2: true}}\n'
        f"overlay: {{name: o-el2, suffix: el2, license: MIT, summary: S}}\n{text}"
    )


def test_a_conflict_names_both_sources_and_both_places(conflicts: Callable[..., list[Finding]]) -> None:
    assert conflicts(ADSP, o=other(THEIRS)) == [
        Finding.at(
            Location("boards/b.yaml", 6, 27),
            "iommus of adsp is <&smmu 0x3000 0x0> (ours), and <&smmu 0x3020 0x0> (theirs) in o",
            CONFLICT,
            Place(Subject("adsp", "iommus"), Location("boards/o.yaml", 6, 27)),
        )
    ]


def test_a_conflict_that_others_inherit_is_told_once(conflicts: Callable[..., list[Finding]]) -> None:
    (found,) = conflicts(ADSP, o=other(THEIRS), p="name: p\nextends: o\n")
    assert found.message.endswith(" in o")


def test_a_source_that_is_missing_is_said(conflicts: Callable[..., list[Finding]]) -> None:
    (found,) = conflicts("streams: {adsp: {iommus: [[smmu, 1, 0], [smmu, 2, 0]]}}\n", o=other(THEIRS))
    assert found.message == (
        "iommus of adsp is <&smmu 0x1 0x0>, <&smmu 0x2 0x0> (without a source), "
        "and <&smmu 0x3020 0x0> (theirs) in o"
    )


def test_two_with_sources_contradict_each_other_once(conflicts: Callable[..., list[Finding]]) -> None:
    first, second = (f"{text[:-2]}, c{text[11:]}" for text in (ADSP, THEIRS))
    assert "cdsp: {iommus" in first
    (found,) = conflicts(first, o=other(second))
    assert found.message.startswith("iommus of adsp is ")


@pytest.mark.parametrize(
    "text",
    [
        ADSP.replace("ours", "another"),
        THEIRS.replace("adsp", "cdsp"),
        "disable: {adsp: {why: w}}\n",
        "pcie: {adsp: {iommu-map: [[0, smmu, 1, 1]], source: s}}\n",
        "",
    ],
)
def test_equal_streams_and_those_of_others_are_no_conflict(
    conflicts: Callable[..., list[Finding]], text: str
) -> None:
    assert conflicts(ADSP, o=other(text)) == []


def test_descriptions_of_another_soc_are_left_out(conflicts: Callable[..., list[Finding]]) -> None:
    assert conflicts(ADSP, o=other(THEIRS, compatible="qcom,other")) == []
    mentioned = other(f"{THEIRS}# not qcom,b\n", compatible="qcom,other")
    assert conflicts(ADSP, o=mentioned) == []


@pytest.mark.parametrize(
    "broken",
    [b"name: [", b"", b"qcom,b", b"\xff", b'name: o\ncompatible: ["qcom,b"]\n', b"extends: o # qcom,b\n"],
)
def test_a_broken_description_is_left_out(conflicts: Callable[..., list[Finding]], broken: bytes) -> None:
    Path("boards/x.yaml").write_bytes(broken)
    assert [found.places[0].location.file for found in conflicts(ADSP, o=other(THEIRS))] == ["boards/o.yaml"]


def test_what_extends_a_description_of_the_soc_is_of_the_soc(
    conflicts: Callable[..., list[Finding]],
) -> None:
    found = conflicts(
        ADSP,
        p=f"name: p\nextends: o\n{THEIRS}",
        o=other("", name="o"),
        q=f"name: q\nextends: 'p'\ntitle: Q\n{THEIRS}",
    )
    assert [d.message.rpartition(" in ")[2] for d in found] == ["p", "q"]


def test_streams_of_other_firmware_that_are_left_away_are_no_conflict(finder: Finder) -> None:
    for name in ("x1", "x1-laptop"):
        board = boards.load(name, finder)
        others = provenance.related(board, finder)
        assert {other.name for other in others} == {"x1", "x1-laptop", "x1-video"} - {name}
        assert list(conflicting_streams.check(Described(board, others))) == []


@pytest.mark.parametrize("name", ["monaco", "talos", "sc7180", "shikra"])
def test_no_built_in_description_is_related_to_another(name: str, finder: Finder) -> None:
    assert provenance.related(boards.load(name, finder), finder) == ()
