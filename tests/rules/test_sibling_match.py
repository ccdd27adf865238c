"""What is for one node and would go to its sibling is said before anything is written."""

from __future__ import annotations

import pytest

from dtgen.overlay.application import Application
from dtgen.rules.sibling_match import check

BASE = "/ { s: s { one: dsp@1 { }; two: dsp { in: inner { }; }; }; };"
FIRST = "/s/dsp of the base, and libfdt takes it for /s/dsp@1, which comes first"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("&two { x; };", [("/fragment@0: target", f"the label two is for {FIRST}")]),
        ("&{/s/dsp} { x; };", [("/fragment@0: target-path", f"this path is for {FIRST}")]),
        ("&s { dsp { x; }; };", [("/fragment@0/__overlay__/dsp", f"this node is for {FIRST}")]),
        ("&one { x; };", []),
        ("&s { dsp@1 { x; }; };", []),
        ("&s { new { }; dsp@2 { }; };", []),
    ],
    ids=["label", "path", "child", "the first", "with an address", "new nodes"],
)
def test_what_goes_to_a_sibling(tree, overlay, source: str, found: list[tuple[str, str]]) -> None:
    findings = check(Application(overlay(source), tree(BASE)))
    assert [(str(finding.subject), finding.message) for finding in findings] == found


def test_the_fix_names_the_sibling_by_its_label(tree, overlay) -> None:
    (finding,) = check(Application(overlay("&two { x; };"), tree(BASE)))
    assert finding.help == "give /s/dsp a unit address in the base, or put it before &one"
