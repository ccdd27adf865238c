"""The order of blocks, and what is not moved."""

from __future__ import annotations

import re

import pytest

from dtgen.dts.format import formatted
from dtgen.dts.order import reference_key


def order(text: str) -> list[str]:
    """The references and comments at the top level of what is formatted."""
    return re.findall(r"^(?:&\S+|/\*.*\*/|#\w+)", formatted(text), re.MULTILINE)


def test_paths_come_first_and_numbers_go_by_their_value() -> None:
    names = ["uart12", "/soc@0", "pcie_smmu", "uart6", "pcie4", "/", "pcie2a", "i2c", "i2c_0"]
    assert sorted(names, key=reference_key) == [
        "/", "/soc@0", "i2c", "i2c_0", "pcie2a", "pcie4", "pcie_smmu", "uart6", "uart12",
    ]  # fmt: skip


def test_a_block_takes_the_comments_above_it_along() -> None:
    text = "/* of b */\n&b { x; };\n/* of a */\n// too\n&a { y; }; /* behind */\n"
    assert formatted(text) == (
        "/* of b */\n&b {\n\tx;\n};\n\n/* of a */\n// too\n&a {\n\ty;\n}; /* behind */\n"
    ) or order(text) == ["/* of a */", "&a", "/* of b */", "&b"]


@pytest.mark.parametrize(
    "between",
    [
        "/* alone */\n",
        "#define X 1",
        "#ifdef X",
        "/delete-node/ &c;",
        "/ { c { }; };",
        "MACRO(1)",
        "c: &c { #undef X\n};",
    ],
)
def test_blocks_stay_on_their_side(between: str) -> None:
    between = between.replace("{ #", "{\n#")
    assert order(f"/dts-v1/;\n&d {{ x; }};\n&b {{ x; }};\n\n{between}\n\n&a {{ x; }};\n")[:2] == ["&b", "&d"]
    assert order(f"/dts-v1/;\n&d {{ x; }};\n&b {{ x; }};\n\n{between}\n\n&a {{ x; }};\n")[-1] == "&a"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("&b { x = <1>; };", "&b { x = <2>; };", id="one label twice"),
        pytest.param("&z { n { b: c { }; }; };", "&b { x; };", id="a label that the overlay defines"),
        pytest.param("&b { x; };", "&a { n { b: c { }; }; };", id="a label that is defined later"),
        pytest.param("&z { x = <1>; };", "&{/soc/n} { x = <2>; };", id="a path to what may be the label"),
        pytest.param("&z { n { }; };", "&{/soc/m/n} { y; };", id="a path to what is added"),
        pytest.param("&z { m { n { }; }; };", "&{/soc/m} { y; };", id="a path to what is around"),
        pytest.param("&{/soc} { n { }; };", "&{/soc/n} { y; };", id="a path below a path"),
        pytest.param("&{/soc/n} { y; };", "&{/} { soc { n { }; }; };", id="what is added later"),
        pytest.param("&z { x = <1>; };", "&{/soc} { n { x = <2>; }; };", id="a path to above the label"),
        pytest.param("&soc { n@1 { x = <1>; }; };", "&a { x = <2>; };", id="a node below the label"),
        pytest.param(
            "&soc { m { n@1 { x = <1>; }; }; };", "&a { n { x = <2>; }; };", id="without the address"
        ),
        pytest.param("&{/b} { x = <1>; };", "&{/b} { x = <2>; };", id="one path twice"),
        pytest.param(
            "&{/soc/b@1} { x = <1>; };", "&{/soc/b} { x = <2>; };", id="one path, without the address"
        ),
    ],
)
def test_what_has_an_order_keeps_it(first: str, second: str) -> None:
    found = order(f"{first}\n{second}\n")
    assert found == [first.partition(" ")[0], second.partition(" ")[0]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("&b { x = <1>; };", "&a { x = <2>; };", id="two labels are two nodes"),
        pytest.param("&soc { n { x = <0xA>; }; };", "&a { x = <0xa>; };", id="the same value"),
        pytest.param("&soc { n { x = <1>; }; };", "&a { y = <2>; };", id="another property"),
        pytest.param("&soc { n { reg = <1>; x = <1>; }; };", "&a { x = <2>; };", id="a node of its own"),
        pytest.param(
            "&soc { n { reg = <1>; m { x = <1>; }; }; };", "&a { x = <2>; };", id="below such a node"
        ),
        pytest.param("&soc { n { x = <1>; }; };", "&a { m { x = <2>; }; };", id="nodes of other names"),
        pytest.param("&z { x = <1>; };", "&{/} { x = <2>; };", id="nobody labels the root"),
        pytest.param("&{/b} { x = <1>; };", "&{/a} { x = <2>; };", id="two paths"),
        pytest.param("&z { n { }; };", "&{/soc/m} { y; };", id="a path to another node"),
        pytest.param("&{/soc} { n { }; };", "&{/pci/n} { y; };", id="a node of that name elsewhere"),
    ],
)
def test_what_has_no_order_is_sorted(first: str, second: str) -> None:
    assert order(f"{first}\n{second}\n") == [second.partition(" ")[0], first.partition(" ")[0]]


def test_the_rest_is_sorted_around_what_has_an_order() -> None:
    text = "&z { x = <1>; };\n&{/soc/n} { x = <2>; };\n&b { y; };\n&a { y; };\n"
    assert order(text) == ["&a", "&b", "&z", "&{/soc/n}"]
