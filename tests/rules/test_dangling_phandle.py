"""dangling-phandle: references that lead nowhere, of properties that are no lists with cells."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.dangling_phandle import check

BOARD = """
tlmm: pinctrl { #gpio-cells = <2>; };
vreg: regulator { };
user: user { BODY };
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda body, overlay="": list(check(system(BOARD.replace("BODY", body), overlay)))


@pytest.mark.parametrize(
    "body",
    [
        "vdd-supply = <&vreg>;",
        "vdd-supply = <0>;",
        "pinctrl-0 = <&vreg>, <&tlmm>;",
        "cs-gpios = <0>, <&tlmm 1 0>, <0>;",
        "gpio-hog; gpios = <0x99 0>;",
        "nvmem-cells = <&vreg>;",
        'backlight = "on";',
        "vdd-supply = [00 01];",
        "unknown = <0x99>;",
        "clocks = <0x99>;",
    ],
)
def test_what_leads_to_a_node_or_is_another_rules_passes(findings, body):
    assert findings(body) == []


@pytest.mark.parametrize(
    ("body", "name", "phandle"),
    [
        ("vdd-supply = <0x99>;", "vdd-supply", "0x99"),
        ("pinctrl-0 = <&vreg>, <0x99>, <0x98>;", "pinctrl-0", "0x99"),
        ("cs-gpios = <0>, <&tlmm 1 0>, <0x99 1 0>, <&tlmm 1 0>;", "cs-gpios", "0x99"),
        ("nvmem-cells = <0x99>;", "nvmem-cells", "0x99"),
        ("i2c-parent = <0x99 0>;", "i2c-parent", "0x99"),
    ],
)
def test_what_leads_nowhere(findings, body, name, phandle):
    message = f"{name} of &user refers to {phandle}, no node's phandle"
    expected = Finding(Subject("/user", name), message, "refer to the node by its label")
    assert findings(body) == [expected]
    assert findings("", f"&user {{ {body} }};") == ([] if "&" in body else [expected])
