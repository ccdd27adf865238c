"""Blobs that mean the same although dtc has numbered them differently."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dtgen.devicetree import blob
from dtgen.dts.meaning import Meaning

ONE = "&{/} { n: n { b = <&n>; }; };"
TWO = "&a { s = <&smmu 1>; t = <&n>; c: m { }; };"
THREE = "&b { u = <&c>; };"


@pytest.fixture
def meaning(dtbo: Callable[[str], bytes]) -> Callable[[str], Meaning]:
    return lambda text: Meaning.of(blob.read(dtbo(text), "test.dtbo"))


def test_the_order_of_fragments_is_not_compared(
    dtbo: Callable[[str], bytes], meaning: Callable[[str], Meaning]
) -> None:
    ordered, other = ONE + TWO + THREE, ONE + THREE.replace("&c", "&smmu") + TWO
    assert meaning(ordered) != meaning(other)
    moved = TWO.replace("&n", "&x") + THREE
    assert dtbo(ONE + moved) != dtbo(moved + ONE)
    assert meaning(ONE + moved) == meaning(moved + ONE)


def test_phandles_are_compared_by_what_they_refer_to(meaning: Callable[[str], Meaning]) -> None:
    first, second = "&a { k: k { }; l: l { }; };", "&b { p = <&k>; q = <&l>; };"
    assert meaning(first + second) == meaning(first + second)
    assert meaning(first + second) != meaning(first + second.replace("<&k>; q = <&l>", "<&l>; q = <&k>"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<&smmu 1>", "<&smmu 2>", id="a cell"),
        pytest.param("<&smmu 1>", "<&other 1>", id="the label of a reference"),
        pytest.param("<&smmu 1>", "<1 &smmu>", id="the place of a reference"),
        pytest.param("s = ", "x = ", id="a property's name"),
        pytest.param("m {", "o {", id="a node's name"),
        pytest.param("c: m", "d: c: m", id="a symbol"),
        pytest.param("&a {", "&e {", id="a target's label"),
        pytest.param("&{/} {", "&{/soc} {", id="a target's path"),
        pytest.param("t = <&n>; ", "", id="a property less"),
        pytest.param("&b { u", "&a { u", id="a target twice"),
    ],
)
def test_what_is_compared(meaning: Callable[[str], Meaning], before: str, after: str) -> None:
    text = ONE + TWO + THREE
    assert before in text
    assert meaning(text) != meaning(text.replace(before, after, 1))


def test_the_order_of_fragments_of_one_target_is_compared(meaning: Callable[[str], Meaning]) -> None:
    first, second = "&a { x = <1>; };", "&a { x = <2>; };"
    assert meaning(first + second) != meaning(second + first)


def test_fragments_that_are_written_out(meaning: Callable[[str], Meaning]) -> None:
    def fragment(number: int, target: str) -> str:
        return f"/ {{ fragment@{number} {{ {target}; __overlay__ {{ x; }}; }}; }};"

    label, path = "target = <&a>", 'target-path = "/soc"'
    assert meaning(fragment(0, label) + fragment(1, path)) == meaning(fragment(0, path) + fragment(1, label))
    assert meaning(fragment(0, label)) != meaning(fragment(0, path))
