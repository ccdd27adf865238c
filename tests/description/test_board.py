from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.description import board as boards
from dtgen.description.board import BaseSource, Board, OverlayHeader
from dtgen.description.values import Bytes, Cells, Flag, PropertySource, Reference, Strings, Target
from dtgen.diagnostics import Location
from dtgen.project.layout import Finder

Load = Callable[..., Board]
Complaints = Callable[..., list[str]]


def test_the_header_is_read(load: Load) -> None:
    board = load("bases: [qcom/x.dts]\n")
    assert (board.name, board.title, board.compatible, board.pas_at_el2) == ("b", "B", ("qcom,b",), True)
    assert board.overlay == OverlayHeader(
        "b-el2", "el2", "overlay.dtso.j2", "MIT", (), "S", (), Location("boards/b.yaml", 5, 1)
    )
    assert board.bases == (BaseSource("x", "qcom/x.dts", (), Location("boards/b.yaml", 6, 9)),)
    assert (board.targets, board.legacy, board.lineage) == ((), False, ("b",))
    assert board.location == Location("boards/b.yaml", 1, 1)


def test_what_is_not_for_el2_says_so(load: Load, header: str) -> None:
    board = load("", header.replace("pas_at_el2: true", "el2: false"))
    assert (board.pas_at_el2, board.firmware_source) == (None, None)


def test_what_goes_on_another_description_is_for_the_same_bases(load: Load) -> None:
    load("bases: [qcom/x.dts]\n")
    own = "name: c\ntitle: C\noverlay: {name: c, suffix: c, license: MIT, summary: S}\n"
    board = load("on: b\n", own, "c")
    assert board.on is not None
    assert (board.on.name, board.ancestry) == ("b", ("c", "b"))
    assert (board.compatible, board.pas_at_el2) == (("qcom,b",), True)
    assert [base.name for base in board.bases] == ["x"]


def test_nothing_goes_on_itself_nor_on_what_does_not_exist(load: Load, complaints: Complaints) -> None:
    assert complaints(load, "on: b\n") == [
        "boards/b.yaml:6:5: b is to be applied on itself: b → b (take `on` out)"
    ]
    assert complaints(load, "on: missing\n") == [
        "boards/b.yaml:6:5: on: there is no board missing (`dtgen list` shows them)"
    ]


def test_every_open_place_is_listed_with_what_is_asked_for(load: Load, complaints: Complaints) -> None:
    text = (
        "streams:\n"
        "  adsp:\n"
        "    iommus:\n"
        "      - [smmu, TODO, TODO]  # stream ID and mask\n"
        "    source: TODO\n"
        "disable: {x: {why: TODO later}}\n"
    )
    assert complaints(load, text) == [
        "boards/b.yaml:9:16: streams.adsp.iommus is still open: stream ID and mask",
        "boards/b.yaml:10:5: streams.adsp.source is still open",
    ]


def test_the_place_of_the_template_is_that_of_its_name(load: Load, header: str) -> None:
    changed = header.replace("summary: S", "summary: S, copyright: [X, Y], template: t.j2")
    overlay = load("", changed).overlay
    assert (overlay.template, overlay.copyright) == ("t.j2", ("X", "Y"))
    assert overlay.location == Location("boards/b.yaml", 5, 92)


def test_a_stack_of_overlays_below_a_base(load: Load) -> None:
    board = load(
        "bases:\n"
        "  - name: x-cam\n"
        "    dts: qcom/x.dts\n"
        "    overlays: [qcom/x-camera.dtso, qcom/x-display.dtso]\n"
    )
    assert board.bases == (
        BaseSource(
            "x-cam",
            "qcom/x.dts",
            ("qcom/x-camera.dtso", "qcom/x-display.dtso"),
            Location("boards/b.yaml", 7, 5),
        ),
    )


def test_every_entry_keeps_its_line_and_its_source(load: Load) -> None:
    board = load(
        "streams:\n"
        "  adsp:\n"
        "    source: a commit\n"
        "    iommus:\n"
        "      - [smmu, 0x3000, 0x0]\n"
        "disable:\n"
        "  gpu: {why: w, source: a measurement}\n"
        "nodes:\n"
        "  - target: /soc@0\n"
        "    properties:\n"
        "      p: true\n"
        "      q: [a, b]\n"
        "      r: {bytes: 00 ff}\n"
    )
    file = "boards/b.yaml"
    assert board.targets == (
        Target(
            "/soc@0",
            (
                PropertySource("p", Flag(), Location(file, 16, 10)),
                PropertySource("q", Strings(("a", "b")), Location(file, 17, 10)),
                PropertySource("r", Bytes(b"\0\xff"), Location(file, 18, 10)),
            ),
            (),
            Location(file, 14, 5),
        ),
        Target(
            "adsp",
            (
                PropertySource(
                    "iommus",
                    Cells(((Reference("smmu"), 0x3000, 0),)),
                    Location(file, 10, 9),
                    "a commit",
                ),
            ),
            (),
            Location(file, 7, 3),
        ),
        Target(
            "gpu",
            (PropertySource("status", Strings(("disabled",)), Location(file, 12, 3), "a measurement"),),
            (),
            Location(file, 12, 3),
        ),
    )


@pytest.mark.parametrize("name", ["lemans", "monaco", "talos", "x1", "sc8280xp", "sc7180"])
def test_the_upstream_boards_load(finder: Finder, name: str) -> None:
    assert boards.load(name, finder).overlay.name == f"{name}-el2"


def test_the_written_values_of_an_upstream_board(finder: Finder) -> None:
    board = boards.load("sc7180", finder)
    (venus,) = [target for target in board.targets if target.target == "venus"]
    (child,) = venus.children
    assert child.properties[0].value == Cells(((Reference("apps_smmu"), 0x0C42, 0x0),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: [x]\n", "boards/b.yaml:6:10: extends takes the name of a board (write one name)"),
        (
            "extends: b\n",
            "boards/b.yaml:6:10: b extends itself: b → b (take `extends` out)",
        ),
        ("extends: lemons\n", "boards/b.yaml:6:10: extends: there is no board lemons (did you mean lemans?)"),
        (
            "extends: nope\n",
            "boards/b.yaml:6:10: extends: there is no board nope (`dtgen list` shows them)",
        ),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(
    load: Load, complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(load, text) == [message]


def test_a_name_that_is_not_the_files_is_refused(load: Load, complaints: Complaints, header: str) -> None:
    assert complaints(load, "", header.replace("name: b\n", "name: c\n")) == [
        "boards/b.yaml:1:7: the file is b.yaml, but the name in it is c (boards are found by their "
        "file's name: make the two equal)"
    ]


def test_a_board_that_is_not_there(own: Finder, complaints: Complaints) -> None:
    assert complaints(boards.load, "lemons", own) == ["there is no board lemons (did you mean lemans?)"]


@pytest.fixture
def child(own: Finder, header: str) -> Callable[[str, str], Board]:
    """Load `c`, which extends `b`; the texts are what `b` has behind its header, and all of `c` but its head."""

    def load_child(parent: str, patch: str) -> Board:
        Path("boards/b.yaml").write_text(header + parent)
        Path("boards/c.yaml").write_text(f"name: c\nextends: b\n{patch}")
        return boards.load("c", own)

    return load_child


Child = Callable[[str, str], Board]


def test_a_child_inherits_what_it_does_not_change(child: Child) -> None:
    board = child("disable: {a: {why: w}}\n", "title: C\n")
    assert (board.name, board.title, board.compatible, board.lineage) == ("c", "C", ("qcom,b",), ("c", "b"))
    assert [target.target for target in board.targets] == ["a"]


def test_what_a_child_inherits_is_at_the_parents_line(child: Child) -> None:
    board = child("disable: {a: {why: w}, b: {why: w}}\n", "disable:\n  b: {why: mine}\n")
    assert [target.location for target in board.targets] == [
        Location("boards/b.yaml", 6, 11),
        Location("boards/c.yaml", 4, 3),
    ]


def test_null_removes_what_the_parent_wrote(child: Child) -> None:
    board = child("disable: {a: {why: w}, b: {why: w}}\n", "disable: {a: null}\n")
    assert [target.target for target in board.targets] == ["b"]


def test_null_removes_a_section(child: Child) -> None:
    assert child("disable: {a: {why: w}}\n", "disable: null\n").targets == ()


def test_null_can_remove_what_is_needed(child: Child, complaints: Complaints) -> None:
    assert complaints(child, "", "title: null\n") == [
        "boards/c.yaml:3:1: title has no value, and the description needs one "
        "(leave it out to keep the inherited value)"
    ]


def test_lists_are_replaced(child: Child) -> None:
    board = child("bases: [qcom/x.dts, qcom/y.dts]\n", "bases: [qcom/z.dts]\n")
    assert board.bases == (BaseSource("z", "qcom/z.dts", (), Location("boards/c.yaml", 3, 9)),)


def test_an_error_that_a_child_inherits_is_told_in_the_parents_line(
    child: Child, complaints: Complaints
) -> None:
    assert complaints(child, "disable: {a: 1}\n", "title: C\n") == [
        "boards/b.yaml:6:14: disable.a: 0x1 is not a mapping"
    ]


def test_the_nearest_description_wins(child: Child, own: Finder) -> None:
    child("disable: {a: {why: w}}\n", "title: C\n")
    Path("boards/d.yaml").write_text("name: d\nextends: c\ndisable: {a: null}\nenable: {a: {why: w}}\n")
    board = boards.load("d", own)
    assert (board.title, board.lineage) == ("C", ("d", "c", "b"))
    assert [target.properties[0].value for target in board.targets] == [Strings(("okay",))]


def test_a_circle_of_descriptions_is_told_whole(child: Child, complaints: Complaints) -> None:
    assert complaints(child, "extends: c\n", "") == [
        "boards/b.yaml:6:10: b extends itself: c → b → c (take `extends` out of one of them)"
    ]


def test_a_board_can_extend_one_of_dtgens_own(own: Finder) -> None:
    Path("boards/c.yaml").write_text("name: c\nextends: sc7180\ndisable: null\n")
    board = boards.load("c", own)
    assert (board.lineage, [target.target for target in board.targets]) == (("c", "sc7180"), ["venus"])


def test_the_merged_data_has_no_extends(child: Child) -> None:
    assert "extends" not in child("", "").data


class Patient:
    """A finder that does not look for ever."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self.lookups = 0

    def of_board(self, name: str) -> Patient:
        return Patient(self.finder.of_board(name))

    def board_file(self, name: str) -> Path:
        self.lookups += 1
        if self.lookups > 10:
            raise AssertionError("it goes round in circles")
        return self.finder.board_file(name)


def test_a_circle_by_file_name_is_seen(own: Finder, complaints: Complaints) -> None:
    Path("c.yaml").write_text("name: c\nextends: c.yaml\n")
    assert complaints(boards.load, "c.yaml", Patient(own)) == [
        "c.yaml:2:10: extends takes the name of a board (write extends: c)"
    ]


def test_the_place_of_a_removed_template_is_the_header(child: Child, header: str, own: Finder) -> None:
    child("", "overlay:\n  template: null\n")
    Path("boards/b.yaml").write_text(header.replace("summary: S", "summary: S, template: t.j2"))
    assert boards.load("c", own).overlay.location == Location("boards/c.yaml", 3, 1)
