"""What reviewers would say of an overlay's source."""

from __future__ import annotations

import pytest

from dtgen import rules
from dtgen.checks.findings import run
from dtgen.checks.location import as_written
from dtgen.commands import build
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.dts.source import Source
from dtgen.project.layout import Finder, KernelTree

TOP = "// SPDX-License-Identifier: MIT\n/* S */\n\n/dts-v1/;\n/plugin/;\n\n"
UPSTREAM = ("lemans", "monaco", "sc7180", "sc8280xp", "talos", "x1")


def review(text: str, file: str) -> list[Diagnostic]:
    found = map(as_written, run(rules.REVIEW, Source(file, text)))
    return sorted(found, key=lambda diagnostic: diagnostic.sort_key)


def remarks(text: str) -> list[str]:
    found = review(text, "x.dtso")
    assert all(remark.severity is Severity.WARNING and remark.help for remark in found)
    return [f"{remark.location}: {remark.message} [{remark.rule}]" for remark in found]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("&b { };\n\n&a { };\n", "9:1: &a is out of order: its place is before &b [unsorted-labels]"),
        ("&c { };\n\n&a { };\n\n&b { };\n", "7:1: &c is out of order: its place is after &b [unsorted-labels]"),
        ("&b { };\n\n&c { };\n\n&a { };\n", "11:1: &a is out of order: its place is before &b [unsorted-labels]"),
        ("/* we need\n * KVM */\n", '8:4: this comment mentions "KVM"; a devicetree describes hardware [driver-comment]'),
        ("&a {\n\tb; // for Drivers, EL2\n};\n", '8:12: this comment mentions "Drivers"; a devicetree describes hardware [driver-comment]'),
        ("&a {\n        b;\n};\n", "8:1: indented with spaces [unformatted]"),
        ("&a {\n\t\tb;\n};\n", "8:2: wrong indentation [unformatted]"),
        ("&a {\n\tb = <0xA>;\n};\n", "8:9: hex digits should be in lower case [unformatted]"),
        ("&a {\n\tb; c;\n};\n", "8:4: write one property per line [unformatted]"),
        ("&a {\n\tb; \n};\n", "8:4: trailing white space [unformatted]"),
        ("&a {\n\tb;\n\n};\n", "9:1: there is a blank line too many [unformatted]"),
        ("&a { };\n/* d */\n&c {\n};\n", "8:1: a blank line is missing [unformatted]"),
        ("&a {\n\tb=<1>;\n};\n", "8:3: write b = <1>; [unformatted]"),
        ("&a { };", "7:1: a blank line is missing [unformatted]"),
    ],
)  # fmt: skip
def test_a_remark(text: str, remark: str) -> None:
    assert remarks(TOP + text) == [f"x.dtso:{remark}"]


@pytest.mark.parametrize("comment", ["/* without Gunyah */", "/* a screwdriver */", "/* EL2 */", "// driven"])
def test_what_a_comment_may_say(comment: str) -> None:
    assert remarks(f"{TOP}{comment}\n") == []


def test_the_header() -> None:
    licence = "x.dtso:1:1: the first line should be the licence [missing-header]"
    comment = "x.dtso:1:1: no comment at the top says whose this is and what it is for [missing-header]"
    rest = "/dts-v1/;\n/plugin/;\n"
    assert remarks(rest) == [comment, licence]
    assert remarks("/* S */\n\n" + rest) == [licence]
    assert remarks("// SPDX-License-Identifier: MIT\n\n" + rest) == [comment]
    assert remarks("// SPDX-License-Identifier: MIT\n\n" + rest + "\n/* below */\n\n&a { };\n") == []


def test_the_place_of_a_block_is_told_by_one_that_stays() -> None:
    blocks = "".join(f"&{name} {{ }};\n\n" for name in ("soc", "tlmm", "pcie0", "pcie1"))
    assert remarks(TOP + blocks[:-1]) == [
        "x.dtso:11:1: &pcie0 is out of order: its place is before &soc [unsorted-labels]",
        "x.dtso:13:1: &pcie1 is out of order: its place is before &soc [unsorted-labels]",
    ]


HEADLESS = "/dts-v1/;\n/plugin/;\n\n&a {\n\tx;\n}; // the driver's\n"


@pytest.mark.parametrize(
    ("file", "text", "said", "is_for_el2"),
    [
        ("x.dtso", HEADLESS, False, False),
        ("model2.dtso", HEADLESS, False, False),
        ("x.dtso", HEADLESS, True, True),
        ("lemans-el2.dtso", HEADLESS, False, True),
        ("x.dtso", HEADLESS.replace("driver's", "driver's, without Gunyah"), False, True),
    ],
)
def test_advice_for_el2_is_for_overlays_for_el2(file: str, text: str, said: bool, is_for_el2: bool) -> None:
    found = [*run(rules.REVIEW, Source(file, text, said))]
    assert [o.rule for o in found] == (["driver-comment"] if is_for_el2 else []) + ["missing-header"] * 2
    help = found[-1].finding.help
    assert help.startswith("write the copyright and what the overlay is for below the licence")
    assert ("EL2" in help) is is_for_el2


def test_remarks_come_by_line() -> None:
    lines = [remark.split(":")[1] for remark in remarks("&b { };\n\n&a {\n b; // KVM\n};\n")]
    assert lines == sorted(lines)


def test_what_cannot_be_followed_has_no_style() -> None:
    assert remarks(TOP + "#if A\n&b {\n#else\n&c {\n#endif\n  d; // KVM\n};\n") == [
        'x.dtso:12:9: this comment mentions "KVM"; a devicetree describes hardware [driver-comment]'
    ]


@pytest.mark.parametrize("board", [*UPSTREAM, "x1-laptop"])
def test_what_dtgen_renders_passes(board: str, finder: Finder) -> None:
    assert remarks(build.rendered(board, finder)) == []


@pytest.mark.parametrize("board", UPSTREAM)
def test_the_overlays_of_linux_for_el2(board: str, corpus: KernelTree) -> None:
    """All of them pass, but for two lines that were merged with spaces."""
    text = corpus.source(f"qcom/{board}-el2.dtso").read_text(encoding="utf-8")
    spaces = [f"x.dtso:{line}:1: indented with spaces [unformatted]" for line in (34, 38)]
    assert remarks(text) == (spaces if board == "lemans" else [])


def test_the_other_overlays_of_linux(corpus: KernelTree) -> None:
    found: dict[str, dict[str, int]] = {}
    for file in sorted(corpus.root.rglob("*.dtso")):
        for remark in review(file.read_text(encoding="utf-8"), file.name):
            counts = found.setdefault(file.stem, {})
            counts[remark.rule] = counts.get(remark.rule, 0) + 1
    found.pop("lemans-el2")
    assert found == {
        "apq8016-sbc-d3-camera-mezzanine": {"unformatted": 1},
        "apq8016-sbc-usb-host": {"missing-header": 1, "unformatted": 1},
        "qcs6490-rb3gen2-industrial-mezzanine": {"unformatted": 7, "unsorted-labels": 2},
        "qrb2210-rb1-vision-mezzanine": {"unformatted": 1, "unsorted-labels": 1},
        "sm8550-hdk-display-card": {"unsorted-labels": 1},
        "sm8650-hdk-display-card": {"unsorted-labels": 1},
        "talos-evk-lvds-auo,g133han01": {"unformatted": 1},
        "talos-evk-usb1-peripheral": {"unformatted": 1},
    }
